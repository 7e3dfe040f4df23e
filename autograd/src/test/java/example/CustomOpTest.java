package example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.maskrcnn.autograd.DifferentiableOp;
import dev.maskrcnn.autograd.GradCheck;
import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Pullback;
import dev.maskrcnn.autograd.Slot;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An op that the library does not have: y = x · sigmoid(s · x), with kernel and derivative. */
class CustomOpTest {
  record Swish(double slope) implements DifferentiableOp {
    @Override
    public List<Spec> infer(List<Spec> inputs) {
      return List.of(inputs.get(0));
    }

    @Override
    public void compute(List<double[]> in, List<double[]> out) {
      Arrays.setAll(out.get(0), i -> in.get(0)[i] / (1 + Math.exp(-slope * in.get(0)[i])));
    }

    @Override
    public List<Slot> kept() {
      return List.of(Slot.in(0), Slot.out(0));
    }

    @Override
    public Tensor[] gradients(Pullback p) { // y' = σ + s·y·(1 − σ)
      Tensor sigmoid = p.in(0).scale(slope).sigmoid();
      Tensor y = p.out(0).scale(slope);
      return p.gradients(() -> p.dy().mul(sigmoid.add(y.sub(y.mul(sigmoid)))));
    }
  }

  @Test
  void runsForwardAndBackward() {
    try (Device device = Device.cpu();
        Tape tape = new Tape(device)) {
      Variable x = tape.leaf(device.of(Shape.of(3), 0f, 2f, -2f), "x");
      Variable y = x.bind(new Swish(1), List.of(x)).get(0);
      assertArrayEquals(new float[] {0, 1.7615942f, -0.23840584f}, y.value().toFloats(), 1e-6f);
      try (Gradients gradients = tape.backward(y.sum())) {
        float[] dx = gradients.of(x).orElseThrow().toFloats();
        assertArrayEquals(new float[] {0.5f, 1.0907843f, -0.09078425f}, dx, 1e-6f);
      }
    }
  }

  @Test
  void itsDerivativeIsRight() {
    try (Device device = Device.reference()) {
      Tensor x = device.of(Shape.of(2, 2), -1.5, 0.3, 0.9, 4.0);
      GradCheck.check(new Swish(0.7), List.of(x), GradCheck.Options.DEFAULT); // or it throws
    }
  }
}
