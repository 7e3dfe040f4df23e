package dev.maskrcnn.benchmarks;

import java.util.Locale;

/**
 * What an H100 can do, from the project's analysis "performance anchors and physical limits",
 * section 6 (kernel floors at 3.0 TB/s, per image; activations in half precision). "Realistic" is
 * an estimate there, not a measurement: it is the target of a kernel.
 *
 * @param bytes that must move, 10⁶ bytes
 * @param floor time of these bytes, µs
 * @param low fastest realistic time, µs
 * @param high slowest realistic time, µs
 * @param perImage true if it grows with the number of images
 */
record PublishedFloor(double bytes, double floor, double low, double high, boolean perImage) {
  /** Memory bandwidth of that section, measured on an H100, byte/s. */
  static final double H100_BANDWIDTH = 3.0e12;

  /** TF32 on tensor cores, dense, from the table of section 3, FLOP/s. */
  static final double H100_TF32 = 494e12;

  static final PublishedFloor ROI_ALIGN_512 = new PublishedFloor(58, 20, 25, 35, true);
  static final PublishedFloor ROI_ALIGN_1000 = new PublishedFloor(71, 24, 35, 45, true);
  static final PublishedFloor ROI_ALIGN_BACKWARD = new PublishedFloor(196, 65, 80, 120, true);
  static final PublishedFloor TOP_K = new PublishedFloor(0.8, 1, 10, 20, true);
  static final PublishedFloor NMS = new PublishedFloor(5, 2, 30, 50, true);
  static final PublishedFloor MATCH = new PublishedFloor(5.6, 2, 5, 8, true);
  static final PublishedFloor MASK_TARGETS = new PublishedFloor(0.4, 1, 5, 10, true);
  static final PublishedFloor SGD = new PublishedFloor(886, 295, 310, 330, false);
  static final PublishedFloor MASK_PASTE = new PublishedFloor(107, 36, 40, 60, true);

  /** The realistic time for a number of images, µs. */
  String target(int images) {
    int n = perImage ? images : 1;
    return String.format(Locale.ROOT, "%.0f-%.0f", n * low, n * high);
  }
}
