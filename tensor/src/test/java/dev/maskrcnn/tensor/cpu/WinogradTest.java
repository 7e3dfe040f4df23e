package dev.maskrcnn.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardData;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All three passes by Winograd's transforms against the naive reference. */
class WinogradTest {
  private static final Window WINDOW = Window.of(1, 1);

  /** Relative L2 that the transforms cost in float32; the direct form has about 2e-7. */
  private static final double TOLERANCE = 5e-6;

  @ParameterizedTest(name = "{0} images of {1}x{2}, {3} to {4} channels")
  @CsvSource({
    "1, 24, 16, 32, 32",
    "2, 19, 22, 64, 96",
    "1, 21, 33, 48, 160",
    "5, 9, 9, 32, 48",
    "1, 61, 57, 32, 32"
  })
  void agreesWithTheReference(int n, int height, int width, int in, int out) {
    Shape x = Shape.of(n, height, width, in);
    Shape y = x.with(3, out);
    Shape w = Shape.of(out, 3, 3, in);
    assertTrue(Winograd.suits(WINDOW, x, w), "the case must take the transformed path");
    try (Device cpu = Device.cpu();
        Device reference = Device.reference()) {
      for (int e = 0; e < 8; e++) {
        Epilogue epilogue = new Epilogue((e & 1) != 0, (e & 2) != 0, (e & 4) != 0);
        List<Shape> inputs = new ArrayList<>(List.of(x, w));
        if (epilogue.bias()) {
          inputs.add(Shape.of(out));
        }
        if (epilogue.residual()) {
          inputs.add(y);
        }
        compare(cpu, reference, new Conv2d(WINDOW, epilogue), inputs);
      }
      compare(cpu, reference, new Conv2dBackwardData(WINDOW, height, width), List.of(y, w));
      compare(cpu, reference, new Conv2dBackwardWeights(WINDOW, 3, 3, true), List.of(x, y));
    }
  }

  private static void compare(Device cpu, Device reference, Op op, List<Shape> inputs) {
    List<Tensor> here = cpu.dispatch(op, random(cpu, inputs));
    List<Tensor> there = reference.dispatch(op, random(reference, inputs));
    for (int i = 0; i < here.size(); i++) {
      double error = relative(here.get(i).toFloats(), there.get(i).toFloats());
      assertEquals(0, error, TOLERANCE, op + " output " + i);
    }
  }

  private static List<Tensor> random(Device device, List<Shape> shapes) {
    List<Tensor> tensors = new ArrayList<>();
    for (Shape s : shapes) {
      Philox random = new Philox(7, tensors.size());
      float[] values = new float[(int) s.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.uniform(i) - 0.5f;
      }
      tensors.add(device.of(s, values));
    }
    return tensors;
  }

  private static double relative(float[] a, float[] b) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < a.length; i++) {
      difference += (a[i] - (double) b[i]) * (a[i] - (double) b[i]);
      norm += (double) b[i] * b[i];
    }
    return Math.sqrt(difference / norm);
  }
}
