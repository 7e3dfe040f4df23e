package dev.maskrcnn.tensor.cpu;

/** Greedy non-maximum suppression of boxes in rank order. */
final class Suppression {
  private final BoxOverlap overlap;
  private final float threshold;

  Suppression(double threshold, double offset) {
    this.overlap = new BoxOverlap(offset);
    this.threshold = (float) threshold;
  }

  /**
   * Compacts {@code order} to the boxes that no better kept one overlaps by more than the
   * threshold.
   *
   * @param boxes xyxy; row i at {@code 4·i}
   * @param order rows, best first
   * @param most stop after this many
   * @return how many were kept
   */
  int run(float[] boxes, int[] order, int most) {
    float[] kept = new float[4 * Math.min(order.length, most)];
    int count = 0;
    for (int i = 0; i < order.length && count < most; i++) {
      int row = order[i];
      if (free(boxes, 4 * row, kept, 4 * count)) {
        System.arraycopy(boxes, 4 * row, kept, 4 * count, 4);
        order[count++] = row;
      }
    }
    return count;
  }

  private boolean free(float[] boxes, int at, float[] kept, int end) {
    for (int j = 0; j < end; j += 4) {
      if (overlap.iou(kept, j, boxes, at) > threshold) {
        return false;
      }
    }
    return true;
  }
}
