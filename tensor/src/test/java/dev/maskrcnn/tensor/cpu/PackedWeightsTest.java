package dev.maskrcnn.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.Shape;
import org.junit.jupiter.api.Test;

class PackedWeightsTest {

  /** With as many inputs as outputs both readings of a weight have the same extents. */
  @Test
  void aWeightServesItsConvolutionAndItsTranspose() {
    float[] values = new float[16 * 2 * 2 * 16];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 37 % 101) / 50f - 1;
    }
    float[] pixels = new float[4 * 6 * 16];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (i * 53 % 97) / 48f - 1;
    }
    try (Device d = Device.cpu()) {
      Tensor x = d.of(Shape.of(1, 4, 6, 16), pixels);
      Tensor bias = d.of(Shape.of(16), new float[16]);
      Tensor alone = d.of(Shape.of(16, 2, 2, 16), values);
      Tensor shared = d.of(Shape.of(16, 2, 2, 16), values);
      float[] expected = x.conv2d(alone, Window.of(2, 0)).toFloats();
      x.convTranspose2d(shared, bias, 2, false);
      assertArrayEquals(expected, x.conv2d(shared, Window.of(2, 0)).toFloats(), 0);
    }
  }
}
