package dev.maskrcnn.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Moments against those of the distributions that the original draws from. */
class InitializerTest {
  private static float[] draw(Initializer init, int... checkpointShape) {
    return init.values(Shape.of(checkpointShape), new Philox(11, 4));
  }

  private static double deviation(float[] a) {
    double mean = 0;
    for (float v : a) {
      mean += v / a.length;
    }
    double sum = 0;
    for (float v : a) {
      sum += (v - mean) * (v - mean) / a.length;
    }
    assertEquals(0, mean, 4 * Math.sqrt(sum / a.length));
    return Math.sqrt(sum);
  }

  @Test
  void kaimingUniformHasRangeOfFanIn() {
    float[] a = draw(Initializer.kaimingUniform(), 64, 32, 3, 3);
    double limit = Math.sqrt(3.0 / (32 * 9));
    double largest = 0;
    for (float v : a) {
      largest = Math.max(largest, Math.abs(v));
    }
    assertTrue(largest <= limit && largest > 0.999 * limit, "largest " + largest);
    assertEquals(limit / Math.sqrt(3), deviation(a), 0.01 * limit);
  }

  /** The figures of the original's mask head. */
  @Test
  void kaimingNormalUsesFanOut() {
    assertEquals(0.0295, deviation(draw(Initializer.kaimingNormalFanOut(), 256, 256, 3, 3)), 1e-4);
    assertEquals(0.0442, deviation(draw(Initializer.kaimingNormalFanOut(), 256, 256, 2, 2)), 2e-4);
    assertEquals(0.157, deviation(draw(Initializer.kaimingNormalFanOut(), 81, 256, 1, 1)), 2e-3);
  }

  @Test
  void normalAndConstant() {
    assertEquals(0.01, deviation(draw(Initializer.normal(0.01), 300, 300)), 1e-4);
    assertArrayEquals(new float[] {2, 2, 2}, draw(Initializer.constant(2), 3));
  }

  @Test
  void seedDeterminesModelAndEachParameterHasItsStream() {
    float[][] first = model(5);
    assertTrue(Arrays.deepEquals(first, model(5)));
    assertFalse(Arrays.equals(first[0], first[1]));
    assertFalse(Arrays.equals(first[0], model(6)[0]));
  }

  private static float[][] model(long seed) {
    try (Device device = Device.reference()) {
      Scope root = Scope.root(device, seed);
      Initializer n = Initializer.normal(1);
      Parameter a = root.weight("a", Shape.of(4, 3), Layout.LINEAR, n);
      Parameter b = root.weight("b", Shape.of(4, 3), Layout.LINEAR, n);
      float[][] values = {a.save(), b.save()};
      root.state().close();
      return values;
    }
  }
}
