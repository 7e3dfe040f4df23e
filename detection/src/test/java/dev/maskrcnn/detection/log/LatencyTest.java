package dev.maskrcnn.detection.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LatencyTest {
  /** 1 to 100 s, the slow ones first. */
  private static final Latency HUNDRED =
      new Latency(IntStream.range(0, 100).mapToDouble(i -> 100 - i).toArray());

  @Test
  void percentilesAreNearestRank() {
    assertEquals(50.5, HUNDRED.average(), 1e-12);
    assertEquals(90, HUNDRED.percentile(90));
    assertEquals(95, HUNDRED.summary().get("latency_95"));
    assertEquals(99, HUNDRED.summary().get("latency_99"));
    assertEquals(100, HUNDRED.percentile(100));
    // The textbook example of the nearest-rank method: 15, 20, 35, 40, 50.
    Latency five = new Latency(new double[] {40, 15, 50, 20, 35});
    assertEquals(15, five.percentile(5));
    assertEquals(20, five.percentile(30));
    assertEquals(20, five.percentile(40));
    assertEquals(35, five.percentile(50));
    assertEquals(50, five.percentile(100));
  }

  /** {@code sum(latency[:n]) / n} of the sorted list with {@code n = int(len * 0.9)}. */
  @Test
  void theOriginalAveragesTheFastest() {
    assertEquals(50.5, HUNDRED.asTheOriginal().get("latency_avg"), 1e-12);
    assertEquals(45.5, HUNDRED.asTheOriginal().get("latency_90"), 1e-12);
    assertEquals(48, HUNDRED.asTheOriginal().get("latency_95"), 1e-12);
    assertEquals(50, HUNDRED.asTheOriginal().get("latency_99"), 1e-12);
  }

  @Test
  void oneBatchIsEnough() {
    Latency one = new Latency(new double[] {2});
    assertEquals(2, one.percentile(99));
    // The original divides by zero here.
    assertEquals(2, one.asTheOriginal().get("latency_99"));
    assertThrows(IllegalArgumentException.class, () -> new Latency(new double[0]));
  }
}
