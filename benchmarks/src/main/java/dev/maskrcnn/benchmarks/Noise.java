package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.SplittableRandom;

/** Repeatable random inputs. */
final class Noise {
  private final SplittableRandom random;

  Noise(long seed) {
    random = new SplittableRandom(seed);
  }

  /** An F32 tensor in the device's current frame, uniform in [−1, 1). */
  Tensor tensor(Device device, Shape shape) {
    float[] values = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt() * 0x1p-31f;
    }
    return device.of(shape, values);
  }
}
