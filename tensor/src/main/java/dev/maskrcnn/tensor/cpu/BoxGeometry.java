package dev.maskrcnn.tensor.cpu;

/**
 * Areas and overlaps of xyxy boxes in float, each step in the order that {@link
 * dev.maskrcnn.tensor.op.Boxes.BoxIou} gives: results are compared with thresholds and for
 * equality.
 */
final class BoxGeometry {
  private final float offset;

  BoxGeometry(double offset) {
    this.offset = (float) offset;
  }

  /** {@code (x2 − x1 + offset)·(y2 − y1 + offset)} of the box at {@code b[at…]}. */
  float area(float[] b, int at) {
    return (b[at + 2] - b[at] + offset) * (b[at + 3] - b[at + 1] + offset);
  }

  /** Intersection over union; 0 for boxes that do not meet. */
  float iou(float[] a, int i, float[] b, int j) {
    float left = a[i] > b[j] ? a[i] : b[j];
    float right = a[i + 2] < b[j + 2] ? a[i + 2] : b[j + 2];
    float w = right - left + offset;
    if (!(w > 0)) {
      return 0;
    }
    float top = a[i + 1] > b[j + 1] ? a[i + 1] : b[j + 1];
    float bottom = a[i + 3] < b[j + 3] ? a[i + 3] : b[j + 3];
    float h = bottom - top + offset;
    if (!(h > 0)) {
      return 0;
    }
    float inter = w * h;
    return inter == 0 ? 0 : inter / (area(a, i) + area(b, j) - inter);
  }

  /** True if the boxes meet, by the arithmetic of {@link #iou}. */
  boolean meet(float[] a, int i, float[] b, int j) {
    return Math.min(a[i + 2], b[j + 2]) - Math.max(a[i], b[j]) + offset > 0
        && Math.min(a[i + 3], b[j + 3]) - Math.max(a[i + 1], b[j + 1]) + offset > 0;
  }

  /** Both sides, with the offset, at least {@code minimum}. */
  boolean atLeast(float[] b, int at, float minimum) {
    return b[at + 2] - b[at] + offset >= minimum && b[at + 3] - b[at + 1] + offset >= minimum;
  }
}
