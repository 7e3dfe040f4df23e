package dev.maskrcnn.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.nn.Initializer;
import dev.maskrcnn.nn.Layout;
import dev.maskrcnn.nn.Linear;
import dev.maskrcnn.nn.NnException;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.Pass;
import dev.maskrcnn.nn.Scope;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SgdTest {
  private static final Sgd.Settings SETTINGS = new Sgd.Settings(0.1, 2, 0.9, 0.5, 0);

  private final Device device = Device.reference();
  private final Scope root = Scope.root(device, 1);

  @AfterEach
  void close() {
    root.state().close();
    device.close();
  }

  @Test
  void groupsFollowTheName() {
    root.vector("fc.weight", 1, 1);
    root.vector("fc.bias", 1, 1);
    root.vector("frozen.weight", 1, 1).freeze();
    root.buffer("bn.bias", Shape.of(1), 0);
    try (Sgd sgd = new Sgd(root.state(), SETTINGS)) {
      List<Sgd.Group> g = sgd.groups();
      assertEquals(2, g.size());
      assertEquals(List.of(0.1, 0.5), List.of(g.get(0).baseRate(), g.get(0).weightDecay()));
      assertEquals(List.of(0.2, 0.0), List.of(g.get(1).baseRate(), g.get(1).weightDecay()));
    }
  }

  /** Three steps by hand: gradient 2 (weight), 4 (bias), then 0 · p, then none at all. */
  @Test
  void updatesAreThoseOfPyTorch() {
    Parameter w = root.vector("weight", 1, 1);
    Parameter b = root.vector("bias", 1, 1);
    try (Sgd sgd = new Sgd(root.state(), SETTINGS)) {
      step(sgd, List.of(w, b), List.of(2.0, 4.0));
      // w: g = 2 + 0.5·1 = 2.5 = v; 1 − 0.1·2.5 = 0.75. b: v = 4; 1 − 0.2·4 = 0.2.
      assertEquals(0.75f, w.save()[0], 1e-6f);
      assertEquals(0.2f, b.save()[0], 1e-6f);
      step(sgd, List.of(w, b), List.of(0.0, 0.0));
      // w: g = 0.375, v = 2.25 + 0.375 = 2.625; 0.75 − 0.2625. b: v = 3.6; 0.2 − 0.72.
      assertEquals(0.4875f, w.save()[0], 1e-6f);
      assertEquals(-0.52f, b.save()[0], 1e-6f);
      step(sgd, List.of(b), List.of(1.0));
      // w took no part: unchanged. b: v = 0.9·3.6 + 1 = 4.24; −0.52 − 0.848.
      assertEquals(0.4875f, w.save()[0], 1e-6f);
      assertEquals(-1.368f, b.save()[0], 1e-6f);
      assertEquals(2.625f, sgd.saveVelocity(w).orElseThrow()[0], 1e-6f);
    }
  }

  private void step(Sgd sgd, List<Parameter> parameters, List<Double> slopes) {
    Frame frame = device.push("step");
    try (frame;
        Tape tape = new Tape(device)) {
      Pass pass = Pass.training(tape);
      List<Variable> losses = new ArrayList<>();
      for (int i = 0; i < parameters.size(); i++) {
        losses.add(pass.of(parameters.get(i)).scale(slopes.get(i)).sum());
      }
      try (Gradients gradients = tape.backward(losses)) {
        sgd.step(gradients, base -> base);
      }
    }
  }

  @Test
  void momentumSurvivesACheckpoint() {
    Shape shape = Shape.of(1, 1, 2, 2);
    Initializer zero = Initializer.constant(0);
    Parameter p = root.weight("w", shape, Layout.CONVOLUTION, zero);
    Parameter frozen = root.vector("f", 1, 0);
    frozen.freeze();
    try (Sgd sgd = new Sgd(root.state(), new Sgd.Settings(1, 1, 0.5, 0, 0))) {
      assertTrue(sgd.saveVelocity(p).isEmpty());
      sgd.loadVelocity(p, new float[] {1, 2, 3, 4}); // there (o, i, y, x) with 2 inputs, width 2
      assertArrayEquals(new float[] {1, 3, 2, 4}, sgd.velocity("w").orElseThrow().toFloats());
      assertArrayEquals(new float[] {1, 2, 3, 4}, sgd.saveVelocity(p).orElseThrow());
      step(sgd, List.of(p), List.of(0.0));
      assertArrayEquals(new float[] {-0.5f, -1, -1.5f, -2}, p.save());
      assertThrows(NnException.class, () -> sgd.loadVelocity(frozen, new float[1]));
    }
  }

  /** Two layers learn XOR, which no single one can. */
  @Test
  void smallNetLearns() {
    Linear hidden =
        Linear.biased(root.child("h"), Linear.Extent.of(2, 16), Initializer.normal(1), true);
    Linear output =
        Linear.biased(root.child("o"), Linear.Extent.of(16, 2), Initializer.normal(0.3), false);
    double loss = 1;
    long blocks = -1;
    try (Sgd sgd = new Sgd(root.state(), new Sgd.Settings(0.2, 2, 0.9, 1e-4, 0))) {
      for (int i = 0; i < 200; i++) {
        Frame frame = device.push("step");
        try (frame;
            Tape tape = new Tape(device)) {
          Pass pass = Pass.training(tape);
          Variable x = Variable.constant(device.of(Shape.of(4, 2), 0f, 0, 0, 1, 1, 0, 1, 1));
          Variable labels = Variable.constant(device.of(Shape.of(4), 0, 1, 1, 0));
          Variable l = output.forward(pass, hidden.forward(pass, x)).crossEntropy(labels);
          loss = l.value().item();
          try (Gradients gradients = tape.backward(l)) {
            sgd.step(gradients, base -> base);
          }
        }
        assertTrue(blocks < 0 || blocks == device.liveBlocks(), "memory grows at step " + i);
        blocks = device.liveBlocks();
      }
    }
    assertTrue(loss < 0.01, "loss " + loss);
  }
}
