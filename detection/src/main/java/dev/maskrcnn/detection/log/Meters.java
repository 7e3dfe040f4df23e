package dev.maskrcnn.detection.log;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Named meters in the order of their first update, which is the order in the training line. Follows
 * {@code MetricLogger} of the original system.
 */
public final class Meters {
  private final Map<String, Meter> meters = new LinkedHashMap<>();

  /**
   * @param name of the quantity, {@code loss_mask} say; made on its first update
   * @param value the next value
   */
  public void update(String name, double value) {
    meters.computeIfAbsent(name, n -> new Meter()).update(value);
  }

  /**
   * @param values updates in the map's order
   */
  public void update(Map<String, Double> values) {
    values.forEach(this::update);
  }

  /**
   * @param name of the quantity
   * @return its meter; an empty one if it was never updated
   */
  public Meter meter(String name) {
    return meters.getOrDefault(name, new Meter());
  }

  /**
   * @return all meters in order of first update, not to be changed
   */
  public Map<String, Meter> all() {
    return Collections.unmodifiableMap(meters);
  }

  /**
   * @return {@code name: median (average)} of each, joined by two spaces
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    meters.forEach(
        (name, meter) ->
            text.append(text.length() == 0 ? "" : TrainingLine.DELIMITER)
                .append(name)
                .append(": ")
                .append(meter));
    return text.toString();
  }
}
