package dev.maskrcnn.detection.metrics;

/**
 * The points at which COCO measures: IoU thresholds 0.50 to 0.95, recalls 0.00 to 1.00, area ranges
 * and limits on detections per image.
 */
final class EvalGrid {
  static final int IOUS = 10;
  static final int RECALLS = 101;
  static final int AREAS = 4;
  static final int LIMITS = 3;

  /** Index of the limit of 100 detections in an image. */
  static final int LIMIT_100 = 2;

  static final int MAX_DETECTIONS = limit(LIMIT_100);

  private EvalGrid() {}

  /** The values of numpy's {@code linspace}, rounded as it rounds them. */
  private static double linspace(double start, double stop, int count, int index) {
    return index == count - 1 ? stop : index * ((stop - start) / (count - 1)) + start;
  }

  static double iou(int index) {
    return linspace(.5, .95, IOUS, index);
  }

  static double recall(int index) {
    return linspace(0, 1, RECALLS, index);
  }

  /** At most so many detections of an image and category count: 1, 10 or 100. */
  static int limit(int index) {
    return index == 0 ? 1 : index == 1 ? 10 : 100;
  }

  static double areaFrom(int index) {
    return index < 2 ? 0 : index == 2 ? 32 * 32 : 96 * 96;
  }

  static double areaTo(int index) {
    return index == 1 ? 32 * 32 : index == 2 ? 96 * 96 : 1e10;
  }

  /** Both ends belong to a range. */
  static boolean outside(double area, int index) {
    return area < areaFrom(index) || area > areaTo(index);
  }
}
