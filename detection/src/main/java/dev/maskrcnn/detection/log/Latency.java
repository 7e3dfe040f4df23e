package dev.maskrcnn.detection.log;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How long the batches of an inference took.
 *
 * <p>The original's "percentiles" are averages of the fastest 90, 95 and 99 % of the batches, which
 * hides exactly what a percentile is asked for, and cannot be computed from one batch. Here they
 * are percentiles; {@link #asTheOriginal} gives the other numbers to compare with published ones.
 *
 * @param seconds of each batch, in any order; not empty
 */
public record Latency(double[] seconds) {
  private static final int[] PERCENTS = {90, 95, 99};

  /** Sorts a copy. */
  public Latency {
    if (seconds.length == 0) {
      throw new IllegalArgumentException("latency: no batch, expected at least one");
    }
    seconds = seconds.clone();
    Arrays.sort(seconds);
  }

  @Override
  public double[] seconds() {
    return seconds.clone();
  }

  /** The mean. */
  public double average() {
    return Arrays.stream(seconds).average().orElseThrow();
  }

  /**
   * The least time that at least {@code percent} of the batches did not exceed (nearest rank).
   *
   * @param percent above 0, at most 100
   */
  public double percentile(double percent) {
    if (!(percent > 0 && percent <= 100)) {
      throw new IllegalArgumentException("latency: percent %s of 0 to 100".formatted(percent));
    }
    int rank = (int) Math.ceil(seconds.length * percent / 100);
    return seconds[Math.max(1, rank) - 1];
  }

  /** {@code latency_avg}, {@code latency_90}, {@code _95}, {@code _99}: mean and percentiles. */
  public Map<String, Double> summary() {
    Map<String, Double> out = new LinkedHashMap<>();
    out.put("latency_avg", average());
    for (int p : PERCENTS) {
      out.put("latency_" + p, percentile(p));
    }
    return out;
  }

  /** The same names with the original's numbers: means of the fastest batches. */
  public Map<String, Double> asTheOriginal() {
    Map<String, Double> out = new LinkedHashMap<>();
    out.put("latency_avg", average());
    for (int p : PERCENTS) {
      int fastest = Math.max(1, (int) (seconds.length * (p / 100.0)));
      out.put("latency_" + p, Arrays.stream(seconds, 0, fastest).average().orElseThrow());
    }
    return out;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Latency that && Arrays.equals(seconds, that.seconds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(seconds);
  }

  @Override
  public String toString() {
    return "Latency" + summary();
  }
}
