package dev.maskrcnn.tensor.cpu;

/** Greedy non-maximum suppression of boxes in rank order. */
final class Suppression {
  /** Kept boxes compared at once: long enough to vectorise, short enough to stop early. */
  private static final int CHUNK = 128;

  private final BoxGeometry overlap;
  private final float threshold;
  private final double offset;

  Suppression(double threshold, double offset) {
    this.overlap = new BoxGeometry(offset);
    this.threshold = (float) threshold;
    this.offset = offset;
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
    Proximity kept = new Proximity(Math.min(order.length, most), offset);
    int count = 0;
    for (int i = 0; i < order.length && count < most; i++) {
      int row = order[i];
      if (free(boxes, row, order, count, kept)) {
        order[count] = row;
        kept.set(count++, boxes, 4 * row);
      }
    }
    return count;
  }

  /** Whether no box of the first {@code count} of the order overlaps a row too much. */
  private boolean free(float[] boxes, int row, int[] order, int count, Proximity kept) {
    for (int from = 0; from < count; from += CHUNK) {
      int to = Math.min(from + CHUNK, count);
      kept.compare(boxes, 4 * row, from, to);
      for (int j = from; j < to; j++) {
        float iou = kept.near(j) ? overlap.iou(boxes, 4 * order[j], boxes, 4 * row) : 0;
        if (iou > threshold) {
          return false;
        }
      }
    }
    return true;
  }
}
