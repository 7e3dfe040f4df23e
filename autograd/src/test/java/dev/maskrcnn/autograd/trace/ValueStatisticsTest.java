package dev.maskrcnn.autograd.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ValueStatisticsTest {

  @Test
  void momentsOfAFewNumbers() {
    ValueStatistics s = ValueStatistics.of(new float[] {1, 2, 3, 6, 0, 0});
    assertEquals(6, s.count());
    assertEquals(2, s.mean(), 1e-12);
    assertEquals(Math.sqrt(26 / 6.0), s.deviation(), 1e-12);
    assertEquals(0, s.min());
    assertEquals(6, s.max());
    assertEquals(2, s.zeros());
    assertTrue(s.finite());
    long[] expected = new long[ValueStatistics.BINS];
    expected[0] = 2;
    expected[5] = 1; // 1 / 6 of 32 bins
    expected[10] = 1;
    expected[16] = 1;
    expected[31] = 1;
    assertArrayEquals(expected, s.histogram());
  }

  @Test
  void whatIsNotFiniteIsCountedAndLeftOut() {
    float inf = Float.POSITIVE_INFINITY;
    ValueStatistics s = ValueStatistics.of(new float[] {Float.NaN, inf, -inf, 4, 2, Float.NaN});
    assertFalse(s.finite());
    assertEquals(2, s.nans());
    assertEquals(2, s.infinities());
    assertEquals(3, s.mean());
    assertEquals(1, s.deviation());
    ValueStatistics none = ValueStatistics.of(new float[] {Float.NaN});
    assertEquals(0, none.mean());
    assertEquals(1, none.nans());
  }

  /** A far outlier does not squeeze all others into one bin. */
  @Test
  void histogramEndsFourDeviationsFromTheMean() {
    float[] values = new float[10_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 100 / 100f;
    }
    values[77] = 1000;
    ValueStatistics s = ValueStatistics.of(values);
    assertEquals(1000, s.max());
    assertEquals(s.mean() + 4 * s.deviation(), s.high(), 1e-9);
    assertEquals(10_000, Arrays.stream(s.histogram()).sum());
  }

  @Test
  void readsTensorsOfEveryKind() {
    try (Device device = Device.cpu()) {
      assertEquals(2.5, ValueStatistics.of(device.of(Shape.of(2), 1f, 4f)).mean());
      assertEquals(7, ValueStatistics.of(device.of(Shape.of(2), 7, 7)).max());
      assertEquals(1, ValueStatistics.of(device.of(Shape.of(2), 0.0, 2.0)).mean());
      assertEquals(200, ValueStatistics.of(device.of(Shape.of(1), (byte) 200)).max());
    }
  }
}
