package dev.maskrcnn.detection.log;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One line of {@code metrics.jsonl}: what was measured at an iteration.
 *
 * @param iteration 0 or more
 * @param values by name, in file order; NaN and infinities are allowed
 */
public record MetricsRow(long iteration, Map<String, Double> values) {
  /** Copies the values and checks the iteration. */
  public MetricsRow {
    if (iteration < 0) {
      throw new IllegalArgumentException(
          "metrics row: iteration must not be negative, got " + iteration);
    }
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    if (values.containsKey(MetricsFile.ITERATION)) {
      throw new IllegalArgumentException(
          "metrics row: the name \"" + MetricsFile.ITERATION + "\" is taken by the iteration");
    }
  }

  /**
   * @param name of a quantity
   * @return its value, NaN if this row has none
   */
  public double value(String name) {
    return values.getOrDefault(name, Double.NaN);
  }
}
