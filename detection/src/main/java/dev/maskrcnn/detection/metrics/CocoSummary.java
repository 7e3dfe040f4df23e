package dev.maskrcnn.detection.metrics;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The twelve numbers of one evaluation.
 *
 * @param iouType boxes or masks
 * @param values AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl; -1 where nothing
 *     was there to measure; not copied
 */
public record CocoSummary(IouType iouType, double[] values) {
  private static final List<String> NAMES =
      List.of(
          "AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl");

  private static final List<String> IOUS = List.of("0.50:0.95", "0.50", "0.75");
  private static final List<String> AREAS = List.of("all", "small", "medium", "large");
  private static final int RECALLS_FROM = 6;

  public CocoSummary {
    if (values.length != NAMES.size()) {
      throw new IllegalArgumentException(
          "coco summary: %s values, expected %s".formatted(values.length, NAMES.size()));
    }
  }

  /** The names of the values, in their order: AP, AP50, ... */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * A value by its name.
   *
   * @param name one of {@link #names()}
   */
  public double value(String name) {
    int index = NAMES.indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException(
          "coco summary: no value \"%s\", expected one of %s".formatted(name, NAMES));
    }
    return values[index];
  }

  /** Average precision over IoU 0.50:0.95. */
  public double ap() {
    return values[0];
  }

  /** Average precision at IoU 0.50. */
  public double ap50() {
    return values[1];
  }

  /** Average precision at IoU 0.75. */
  public double ap75() {
    return values[2];
  }

  /** The lines that pycocotools prints, without line ends. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      boolean recall = i >= RECALLS_FROM;
      // Areas small, medium, large are the last three of each half.
      int area = i % RECALLS_FROM < 3 ? 0 : i % RECALLS_FROM - 2;
      lines.add(
          String.format(
              Locale.ROOT,
              " %-18s %s @[ IoU=%-9s | area=%6s | maxDets=%3d ] = %s",
              recall ? "Average Recall" : "Average Precision",
              recall ? "(AR)" : "(AP)",
              IOUS.get(i < 3 ? i : 0),
              AREAS.get(area),
              recall && area == 0 ? EvalGrid.limit(i - RECALLS_FROM) : EvalGrid.MAX_DETECTIONS,
              rounded(values[i])));
    }
    return lines;
  }

  /** Three decimals of the exact binary value, ties to even, as Python rounds. */
  private static String rounded(double value) {
    return new BigDecimal(value).setScale(3, RoundingMode.HALF_EVEN).toPlainString();
  }

  /** The values as fields of the object that is open. */
  void writeNumbers(JsonGenerator json) throws IOException {
    for (int i = 0; i < NAMES.size(); i++) {
      json.writeNumberField(NAMES.get(i), values[i]);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CocoSummary o
        && iouType == o.iouType
        && Arrays.equals(values, o.values);
  }

  @Override
  public int hashCode() {
    return 31 * iouType.hashCode() + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return iouType.label() + Arrays.toString(values);
  }
}
