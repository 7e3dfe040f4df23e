package dev.maskrcnn.benchmarks;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a kernel should reach on an H100, from the project's analysis "performance anchors and
 * physical limits", section 6 (activations in half precision): an estimate, not a measurement.
 *
 * @param low fastest, µs
 * @param high slowest, µs
 * @param perImage true if it grows with the number of images
 */
record RealisticTime(double low, double high, boolean perImage) {
  private static final RealisticTime SGD = new RealisticTime(310, 330, false);

  private static final Map<String, RealisticTime> OF_CASE =
      Map.of(
          "RoiAlign/512x7x7-f16", new RealisticTime(25, 35, true),
          "RoiAlign/1000x7x7-f16", new RealisticTime(35, 45, true),
          "RoiAlignBackward/512x7x7-f16", new RealisticTime(80, 120, true),
          "SelectTopK/2000-of-p2", new RealisticTime(10, 20, true),
          "Nms/5-levels-of-2000", new RealisticTime(30, 50, true),
          "MatchBoxes/anchors-60-objects", new RealisticTime(5, 8, true),
          "MaskTargets/128x28x28", new RealisticTime(5, 10, true),
          "MaskPaste/100-masks", new RealisticTime(40, 60, true),
          "SgdStep/44-million", SGD,
          "SgdUpdate/44-million", SGD);

  /** That of a benchmark case, if the analysis has one. */
  static Optional<RealisticTime> of(String name) {
    return Optional.ofNullable(OF_CASE.get(name));
  }

  /** The cases that have one. */
  static Set<String> names() {
    return OF_CASE.keySet();
  }

  /** For a number of images, µs. */
  String range(int images) {
    int n = perImage ? images : 1;
    return String.format(Locale.ROOT, "%.0f-%.0f", n * low, n * high);
  }
}
