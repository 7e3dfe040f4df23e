package dev.maskrcnn.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.DeviceSetting;
import dev.maskrcnn.tensor.device.HalfPrecision;
import dev.maskrcnn.tensor.device.HalfPrecision.Use;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardData;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Products whose operands are rounded to bfloat16. */
class BrainFloatTest {
  private static Device cpu(boolean rounding) {
    return Device.open("cpu", DeviceOptions.none().with(DeviceSetting.CPU_BF16, rounding));
  }

  @Test
  void halfPrecisionIsDeclinedWithAReason() {
    try (Device d = Device.cpu()) {
      HalfPrecision halves = d.halves(DType.F16);
      assertEquals(Use.NONE, halves.use());
      assertTrue(halves.reason().contains("no products of float16"), halves.reason());
    }
    try (Device d = cpu(false)) {
      assertEquals(Use.NONE, d.halves(DType.BF16).use());
    }
  }

  /** Whatever the answer, it says what was measured. */
  @Test
  void brainFloatIsMeasured() {
    try (Device d = Device.cpu()) {
      HalfPrecision answer = d.halves(DType.BF16);
      System.out.println("bf16 on this processor: " + answer);
      assertTrue(
          answer.reason().contains("times as fast as in float32")
              || answer.reason().contains("oneDNN has no products"),
          answer.reason());
    }
  }

  /**
   * Exactly the operands are rounded: products of operands that bfloat16 holds are those of f32,
   * others differ by its 8 bits. Where the processor has no such products nothing is compared.
   */
  @Test
  void operandsAreRoundedAndSumsAreNot() {
    try (Device plain = Device.cpu();
        Device rounding = cpu(true);
        Frame a = plain.push("f32");
        Frame b = rounding.push("bf16")) {
      if (rounding.halves(DType.BF16).use() == Use.NONE) {
        System.out.println("SKIPPED: no bfloat16 on this processor");
        return;
      }
      for (Op op : ops()) {
        float[] exact = compare(op, plain, rounding, true);
        assertTrue(exact[0] < 1e-5, op + ": operands that bfloat16 holds, error " + exact[0]);
        float[] rounded = compare(op, plain, rounding, false);
        assertTrue(rounded[0] > 1e-5 && rounded[0] < 1e-2, op + ": error " + rounded[0]);
        assertEquals(0, rounded[1], op + ": not finite");
      }
    }
  }

  private static List<Op> ops() {
    Window strided = new Window(2, 1, 1, 1);
    Window grouped = new Window(1, 1, 1, 4);
    return List.of(
        new Conv2d(strided, new Epilogue(true, true, true)),
        new Conv2d(grouped, Epilogue.NONE),
        new Conv2d(Window.of(1, 0), new Epilogue(true, false, false)),
        new ConvTranspose2d(2, new Epilogue(true, false, true)),
        new MatMul(false, true, true, true),
        new MatMul(true, false, false, false));
  }

  private static float[] compare(Op op, Device plain, Device rounding, boolean exact) {
    List<Shape> shapes = shapes(op);
    List<Tensor> left = new ArrayList<>();
    List<Tensor> right = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(3);
    for (Shape s : shapes) {
      float[] values = new float[Math.toIntExact(s.size())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextDouble() - 0.3f;
        if (exact) {
          values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) & 0xffff0000);
        }
      }
      left.add(plain.of(s, values));
      right.add(rounding.of(s, values));
    }
    return difference(
        plain.dispatch(op, left).get(0).toFloats(), rounding.dispatch(op, right).get(0).toFloats());
  }

  /** Relative L2, and how many are not finite. */
  private static float[] difference(float[] a, float[] b) {
    double error = 0;
    double norm = 0;
    int broken = 0;
    for (int i = 0; i < a.length; i++) {
      error += Math.pow((double) a[i] - b[i], 2);
      norm += Math.pow(a[i], 2);
      broken += Float.isFinite(b[i]) ? 0 : 1;
    }
    return new float[] {(float) Math.sqrt(error / norm), broken};
  }

  private static List<Shape> shapes(Op op) {
    Shape bias = Shape.of(32);
    Shape images = Shape.of(2, 9, 10, 16);
    if (op instanceof MatMul m) {
      return m.bias()
          ? List.of(Shape.of(20, 48), Shape.of(32, 48), bias)
          : List.of(Shape.of(48, 20), Shape.of(48, 32));
    }
    if (op instanceof ConvTranspose2d) {
      return List.of(images, Shape.of(16, 2, 2, 32), bias);
    }
    Conv2d c = (Conv2d) op;
    int kernel = c.window().padding() == 1 ? 3 : 1;
    List<Shape> out =
        new ArrayList<>(List.of(images, Shape.of(32, kernel, kernel, 16 / c.window().groups())));
    if (c.epilogue().bias()) {
      out.add(bias);
    }
    if (c.epilogue().residual()) {
      out.add(Shape.of(2, 5, 5, 32));
    }
    return out;
  }

  /** Gradients too: both passes read the gradient of the result. */
  @Test
  void backwardPassesRoundAsWell() {
    Window window = new Window(2, 1, 1, 1);
    Shape x = Shape.of(2, 9, 10, 16);
    Shape w = Shape.of(32, 3, 3, 16);
    Shape y = Shape.of(2, 5, 5, 32);
    float[][] results = new float[4][];
    for (int k = 0; k < 2; k++) {
      try (Device d = cpu(true);
          Frame frame = d.push("test")) {
        if (k == 1 && d.halves(DType.BF16).use() == Use.NONE) {
          System.out.println("SKIPPED: no bfloat16 on this processor");
          return;
        }
        Tensor dy = d.of(y, values(y));
        Tensor dx =
            d.dispatch(new Conv2dBackwardData(window, 9, 10), List.of(dy, d.of(w, values(w))))
                .get(0);
        results[2 * k] = dx.toFloats();
        Op weights = new Conv2dBackwardWeights(window, 3, 3, true);
        results[2 * k + 1] = d.dispatch(weights, List.of(d.of(x, values(x)), dy)).get(0).toFloats();
      }
    }
    for (int k = 0; k < 2; k++) {
      float[] d = difference(results[k], results[2 + k]);
      assertTrue(d[0] > 1e-5 && d[0] < 1e-2 && d[1] == 0, "pass " + k + ": error " + d[0]);
    }
  }

  private static float[] values(Shape s) {
    SplittableRandom random = new SplittableRandom(s.size());
    float[] values = new float[Math.toIntExact(s.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble() - 0.3f;
    }
    return values;
  }
}
