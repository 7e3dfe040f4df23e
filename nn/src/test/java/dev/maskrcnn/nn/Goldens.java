package dev.maskrcnn.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import dev.maskrcnn.tensor.shape.Shape;

/** Recorded inputs, outputs and gradients of PyTorch's layers, converted from NCHW. */
final class Goldens {
  private final SafetensorsFile file;
  private final String prefix;

  private Goldens(SafetensorsFile file, String prefix) {
    this.file = file;
    this.prefix = prefix;
  }

  static Goldens layer(String name) {
    return new Goldens(TestData.tensors("16_ops"), "layer/" + name + "/");
  }

  float[] values(String name) {
    return file.tensor(prefix + name).floats();
  }

  Shape shape(String name) {
    HostTensor t = file.tensor(prefix + name);
    int[] d = new int[t.shape().length];
    for (int i = 0; i < d.length; i++) {
      d[i] = (int) t.shape()[i];
    }
    return Shape.of(d);
  }

  /** A recorded image batch as NHWC, or rows as they are. */
  Tensor image(Device device, String name) {
    Shape s = shape(name);
    if (s.rank() != 4) {
      return device.of(s, values(name));
    }
    Shape here = Shape.of(s.dim(0), s.dim(2), s.dim(3), s.dim(1));
    return device.of(here, Layout.CONVOLUTION.fromCheckpoint(values(name), here));
  }

  /** Compares with a recorded image batch: deviation relative to the largest magnitude. */
  void assertImage(String name, Tensor actual, double tolerance) {
    try (Tensor expected = image(actual.device(), name)) {
      assertEquals(expected.shape(), actual.shape(), prefix + name);
      assertClose(name, expected.toFloats(), actual.toFloats(), tolerance);
    }
  }

  /** Compares with a recorded parameter gradient. */
  void assertGradient(String name, Parameter p, Tensor actual, double tolerance) {
    assertClose(
        name, p.layout().fromCheckpoint(values(name), p.shape()), actual.toFloats(), tolerance);
  }

  private void assertClose(String name, float[] expected, float[] actual, double tolerance) {
    double largest = 0;
    double deviation = 0;
    assertEquals(expected.length, actual.length, prefix + name);
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      deviation = Math.max(deviation, Math.abs(expected[i] - actual[i]));
    }
    assertTrue(
        deviation <= tolerance * largest,
        prefix + name + ": deviates by " + deviation + " of " + largest);
  }
}
