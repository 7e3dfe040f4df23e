package dev.maskrcnn.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.OpCase;
import dev.maskrcnn.tensor.contract.OpCases;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ops on variables cannot bypass the precision that the variables carry. */
@SuppressWarnings("try") // frames free what is made in them
class AutocastTest {
  /** The lists of torch.cuda.amp, by the names of our ops. */
  private static final Set<String> HALF = Set.of("Conv2d", "ConvTranspose2d", "MatMul");

  private static final Set<String> FLOAT32 =
      Set.of(
          "BinaryCrossEntropy",
          "Exp",
          "Log",
          "Reciprocal",
          "Sigmoid",
          "SmoothL1",
          "Softmax",
          "SoftmaxCrossEntropy",
          "Sum");

  private final Device device = Device.reference();

  @AfterEach
  void close() {
    device.close();
  }

  /** A small case of each op that variables can run. */
  static Stream<OpCase> differentiable() {
    Map<Class<?>, OpCase> cases = new HashMap<>();
    for (OpCase c : OpCases.all()) {
      boolean rule =
          Derivatives.find(c.op().getClass()).filter(Derivative::differentiable).isPresent();
      boolean floats = c.inputs().stream().noneMatch(i -> i.spec().dtype() == DType.F64);
      if (rule && floats && c.inputs().stream().allMatch(i -> i.values().length <= 5000)) {
        cases.merge(c.op().getClass(), c, (a, b) -> size(a) >= size(b) ? a : b);
      }
    }
    return cases.values().stream();
  }

  private static int size(OpCase c) {
    return c.inputs().size();
  }

  /** One operand in half, as layers give it; all others in float32, as the data is. */
  @ParameterizedTest
  @MethodSource("differentiable")
  void everyOpFollowsThePrecisionOfItsOperands(OpCase c) {
    List<Spec> ran = new ArrayList<>();
    try (Frame frame = device.push("case")) {
      List<Variable> inputs = new ArrayList<>();
      for (Operand o : c.inputs()) {
        boolean first = inputs.isEmpty() && o.spec().dtype() == DType.F32;
        Tensor t = (first ? o.as(DType.F16) : o).on(device);
        inputs.add(first ? Variable.constant(t).in(Autocast.to(DType.F16)) : Variable.constant(t));
      }
      device.listen(
          (op, in, out, nanos, path) -> {
            if (op == c.op()) {
              in.forEach(t -> ran.add(t.spec()));
            }
          });
      List<Variable> out = inputs.get(0).bind(c.op(), inputs);
      out.forEach(v -> assertTrue(v.precision().isOn(), "the result carries the precision"));
    }
    String name = c.op().getClass().getSimpleName();
    for (Spec s : ran) {
      if (s.dtype().isFloat() && HALF.contains(name)) {
        assertEquals(DType.F16, s.dtype(), ran.toString());
      } else if (s.dtype().isFloat() && FLOAT32.contains(name)) {
        assertEquals(DType.F32, s.dtype(), ran.toString());
      }
    }
    assertEquals(c.inputs().size(), ran.size());
  }

  @Test
  void everyDifferentiableOpHasASmallCase() {
    Set<Class<?>> covered = new HashSet<>();
    differentiable().forEach(c -> covered.add(c.op().getClass()));
    for (OpCase c : OpCases.all()) {
      boolean rule =
          Derivatives.find(c.op().getClass()).filter(Derivative::differentiable).isPresent();
      assertTrue(!rule || covered.contains(c.op().getClass()), c.op().label());
    }
  }

  @Test
  void whatIsComputedFromAVariableKeepsItsPrecision() {
    try (Frame frame = device.push("test");
        Tape tape = new Tape(device)) {
      Tensor x = device.of(DType.F32, Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
      Variable half = tape.leaf(x, "x").in(Autocast.to(DType.F16));
      Variable product = half.relu().reshape(Shape.of(3, 2)).matMul(half);
      assertEquals(DType.F16, product.spec().dtype());
      assertEquals(DType.F32, product.detach().sigmoid().spec().dtype());
      assertEquals(DType.F32, product.sum().spec().dtype());
      Variable other = Variable.constant(x).in(Autocast.to(DType.BF16));
      AutogradException e = assertThrows(AutogradException.class, () -> half.add(other));
      assertTrue(e.getMessage().contains("float16 and bfloat16"), e.getMessage());
    }
  }
}
