package dev.maskrcnn.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.BoxIou;
import dev.maskrcnn.tensor.op.Pointwise.Accumulate;
import dev.maskrcnn.tensor.op.Pointwise.Relu;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Expected gradients are worked out by hand from the numbers in each test. */
class TapeTest {
  private final Device device = Device.reference();

  @AfterEach
  void everythingIsFreed() {
    device.close(); // throws if a tensor is still held
  }

  private Tensor vector(double... v) {
    return device.of(Shape.of(v.length), v);
  }

  private static double[] gradient(Gradients g, Variable v) {
    return g.of(v).orElseThrow().toDoubles();
  }

  @Test
  void productRule() {
    try (Tape tape = new Tape(device)) {
      Variable x = tape.leaf(vector(2, 3), "x");
      Variable y = tape.leaf(vector(5, 7), "y");
      try (Gradients g = tape.backward(x.mul(y).sum())) {
        assertArrayEquals(new double[] {5, 7}, gradient(g, x));
        assertArrayEquals(new double[] {2, 3}, gradient(g, y));
      }
    }
  }

  @Test
  void usesOfOneValueAddUp() {
    try (Tape tape = new Tape(device)) {
      Variable x = tape.leaf(vector(2, 3), "x");
      Variable once = x.add(x).add(x); // 3x, the gradient handed through unchanged
      Variable y = once.mul(x).add(x); // 3x² + x
      try (Gradients g = tape.backward(y.sum())) {
        assertArrayEquals(new double[] {13, 19}, gradient(g, x));
      }
    }
  }

  @Test
  void gradientsThatShareMemoryAreSeparated() {
    try (Tape tape = new Tape(device)) {
      Variable a = tape.leaf(vector(1, 2), "a");
      Variable b = tape.leaf(vector(3, 4), "b");
      try (Gradients g = tape.backward(a.add(b).sum())) {
        Tensor da = g.of(a).orElseThrow();
        device.dispatch(new Accumulate(), List.of(da, vector(10, 10)));
        assertArrayEquals(new double[] {11, 11}, gradient(g, a));
        assertArrayEquals(new double[] {1, 1}, gradient(g, b));
      }
    }
  }

  @Test
  void inPlaceSumsDoNotTouchOthers() {
    // dy of c goes unchanged to a and b; a gets more on top, b must not see it.
    try (Tape tape = new Tape(device)) {
      Variable a = tape.leaf(vector(1, 2), "a");
      Variable b = tape.leaf(vector(3, 4), "b");
      Variable squares = a.mul(a);
      Variable c = a.add(b);
      try (Gradients g = tape.backward(List.of(squares.sum(), c.scale(5).sum(), a.sum()))) {
        assertArrayEquals(new double[] {8, 10}, gradient(g, a));
        assertArrayEquals(new double[] {5, 5}, gradient(g, b));
      }
    }
  }

  @Test
  void reshapeIsTransparent() {
    try (Tape tape = new Tape(device)) {
      Variable x = tape.leaf(vector(1, 2, 3, 4), "x");
      Variable m = x.reshape(Shape.of(2, 2));
      Variable y = m.matMul(m).reshape(Shape.of(4)).mul(x);
      assertEquals(x.id(), m.id());
      try (Gradients g = tape.backward(y.sum())) {
        // f = Σ M²⊙M for M = ((1,2),(3,4)): gradient M² + M·Mᵀ + Mᵀ·M
        double[] expected = {7 + 5 + 10, 10 + 11 + 14, 15 + 11 + 14, 22 + 25 + 20};
        assertArrayEquals(expected, gradient(g, x));
        assertEquals(Shape.of(4), g.of(x).orElseThrow().shape());
      }
    }
  }

  @Test
  void severalRootsAndFactor() {
    try (Tape tape = new Tape(device)) {
      Variable x = tape.leaf(vector(2, 3), "x");
      List<Variable> losses = List.of(x.sum(), x.mul(x).sum());
      try (Gradients g = tape.backward(losses, 10)) {
        assertArrayEquals(new double[] {50, 70}, gradient(g, x));
      }
    }
  }

  @Test
  void leafWithoutPathHasNoGradientAndZeroSlopeHasZeros() {
    try (Tape tape = new Tape(device)) {
      Variable x = tape.leaf(vector(2, 3), "x");
      Variable unused = tape.leaf(vector(1), "unused");
      Variable flat = tape.leaf(vector(4), "flat");
      List<Variable> losses = List.of(x.sum(), flat.scale(0).sum());
      try (Gradients g = tape.backward(losses)) {
        assertTrue(g.of(unused).isEmpty());
        assertArrayEquals(new double[] {0}, gradient(g, flat));
      }
    }
  }

  @Test
  void watchedParameterIsOneLeafPerTape() {
    Tensor value = vector(2, 3);
    Trainable p = new Named("p", value);
    Gradients sum;
    try (Tape tape = new Tape(device)) {
      Variable first = tape.watch(p);
      assertEquals(first.id(), tape.watch(p).id());
      sum = tape.backward(first.mul(tape.watch(p)).sum());
    }
    try (Tape tape = new Tape(device)) {
      sum.accumulate(tape.backward(tape.watch(p).sum()));
    }
    sum.scale(0.5);
    assertArrayEquals(new double[] {2.5, 3.5}, sum.of(p).orElseThrow().toDoubles());
    assertEquals(List.of(p), sum.parameters());
    sum.close();
  }

  private record Named(String name, Tensor tensor) implements Trainable {}

  @Test
  void keepsExactlyWhatRulesDeclare() {
    try (Tape tape = new Tape(device)) {
      Variable x = tape.leaf(vector(2, 3), "x");
      Variable c = Variable.constant(vector(5, 7));
      x.mul(c).add(c).scale(3);
      assertEquals(16, tape.keptBytes()); // the constant factor of the product, nothing else
      assertEquals(1, tape.nodes().get(0).kept().size());
      assertEquals("in1", tape.nodes().get(0).kept().get(0).slot().toString());
    }
  }

  @Test
  void constantsRecordNothing() {
    Variable c = Variable.constant(vector(5, 7));
    assertFalse(c.mul(c).exp().requiresGradient());
    try (Tape tape = new Tape(device)) {
      Variable x = tape.leaf(vector(1, 2), "x");
      assertFalse(x.detach().exp().requiresGradient());
      assertTrue(tape.nodes().isEmpty());
    }
  }

  /** A chain of n sigmoids keeps n outputs; going back frees one by one. */
  @Test
  void memoryOfChainIsThatOfKeptTensors() {
    int n = 50;
    int size = 1000;
    long unit = 8L * size;
    Frame step = device.push("step");
    try (step;
        Tape tape = new Tape(device)) {
      Variable x = tape.leaf(device.zeros(Spec.of(DType.F64, size)), "x");
      Variable y = x;
      for (int i = 0; i < n; i++) {
        try (Frame f = device.push("layer")) {
          // scale keeps nothing, so its result is free as soon as the layer is left
          y = y.scale(2).sigmoid();
          f.escape(y.value());
        }
      }
      assertEquals(n * unit, tape.keptBytes());
      device.resetPeak();
      long before = device.liveBytes();
      List<Long> live = new ArrayList<>();
      tape.observe((node, gradient, gradients, nanos) -> live.add(device.liveBytes()));
      try (Gradients g = tape.backward(y.sum())) {
        assertEquals(1, g.of(x).stream().count());
      }
      assertTrue(device.peakBytes() - before <= 8 * unit, "peak " + device.peakBytes());
      assertEquals(0, tape.keptBytes());
      assertEquals(2 * n + 1, live.size());
    }
  }

  @Test
  void deepChainDoesNotRecurse() {
    try (Tape tape = new Tape(device)) {
      Variable x = tape.leaf(vector(1), "x");
      Variable y = x;
      for (int i = 0; i < 20_000; i++) {
        y = y.add(x);
      }
      try (Gradients g = tape.backward(y)) {
        assertArrayEquals(new double[] {20_001}, gradient(g, x));
      }
    }
  }

  @Test
  void misuseIsExplained() {
    Tape tape = new Tape(device);
    Variable x = tape.leaf(vector(2, 3), "x");
    fails("must have one element, got [2] f64", () -> tape.backward(x));
    fails("loss 0 is a constant", () -> tape.backward(x.detach().sum()));
    fails("only floating types", () -> tape.leaf(device.of(Shape.of(1), 1), "n"));
    fails("overwrites an input", () -> x.bind(new Accumulate(), List.of(x, x)));
    Tape other = new Tape(device);
    Variable z = other.leaf(vector(1, 1), "z");
    fails("two different tapes", () -> x.add(z));
    fails("on another tape", () -> tape.backward(z.sum()));
    fails("no derivative by input 1", () -> x.binaryCrossEntropy(x));
    Variable box = tape.leaf(device.of(Shape.of(1, 4), 1.0, 2, 3, 4), "box");
    device.enter("rpn.loss");
    fails("at rpn.loss: not differentiable", () -> box.bind(new BoxIou(1), List.of(box, box)));
    device.leave();
    Variable loss = x.sum();
    tape.backward(loss).close();
    fails("its backward pass ran", () -> tape.backward(loss));
    fails("its backward pass ran", () -> x.exp());
    other.close();
    fails("it was closed", () -> z.exp());
    tape.close();
  }

  @Test
  void overwrittenKeptTensorIsNoticed() {
    try (Tape tape = new Tape(device)) {
      Tensor w = vector(5, 7);
      Variable x = tape.leaf(vector(2, 3), "x");
      Variable loss = x.mul(Variable.constant(w)).sum();
      device.dispatch(new Accumulate(), List.of(w, vector(1, 1)));
      fails("in1 was overwritten after it was recorded", () -> tape.backward(loss));
    }
  }

  @Test
  void observerSeesEachNodeFromTheEnd() {
    List<String> seen = new ArrayList<>();
    try (Tape tape = new Tape(device)) {
      tape.observe(
          (node, gradient, gradients, nanos) ->
              seen.add(node.op().getClass().getSimpleName() + gradients.get(0).shape()));
      Variable x = tape.leaf(vector(-2, 3), "x");
      Variable y = x.bind(new Relu(), List.of(x)).get(0);
      tape.backward(y.sum()).close();
      assertTrue(tape.backwardNanos(y.id()) >= 0);
    }
    assertEquals(List.of("Sum[2]", "Relu[2]"), seen);
  }

  private static void fails(String part, Executable code) {
    String m = assertThrows(AutogradException.class, code).getMessage();
    assertTrue(m.contains(part), m);
  }
}
