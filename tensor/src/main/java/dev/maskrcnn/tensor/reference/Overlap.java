package dev.maskrcnn.tensor.reference;

/**
 * Intersection over union of xyxy boxes. Matching and suppression compare it with thresholds and
 * for equality, so each step is rounded to the type of the boxes, in the order of the formulas
 * here.
 */
final class Overlap {
  private final Rounding r;
  private final double offset;

  Overlap(Rounding r, double offset) {
    this.r = r;
    this.offset = offset;
  }

  /** {@code (to − from) + offset}. */
  private double extent(double from, double to) {
    return r.to(r.to(to - from) + offset);
  }

  /** {@code (x2 − x1 + offset)·(y2 − y1 + offset)} of the box at flat position {@code at}. */
  double area(double[] box, int at) {
    return r.to(extent(box[at], box[at + 2]) * extent(box[at + 1], box[at + 3]));
  }

  /** {@code inter / ((areaA + areaB) − inter)}; 0 for boxes that do not meet. */
  double iou(double[] a, int i, double[] b, int j) {
    double w = extent(Math.max(a[i], b[j]), Math.min(a[i + 2], b[j + 2]));
    double h = extent(Math.max(a[i + 1], b[j + 1]), Math.min(a[i + 3], b[j + 3]));
    double inter = r.to(Math.max(w, 0) * Math.max(h, 0));
    if (inter == 0) {
      return 0;
    }
    double sum = r.to(area(a, i) + area(b, j));
    return r.to(inter / r.to(sum - inter));
  }

  /** Width and height, with the offset, both at least {@code minimum}. */
  boolean atLeast(double[] box, int at, double minimum) {
    return extent(box[at], box[at + 2]) >= r.to(minimum)
        && extent(box[at + 1], box[at + 3]) >= r.to(minimum);
  }

  /**
   * Greedy suppression: true for the {@code count} boxes from flat position {@code first} that are
   * {@code valid} and do not overlap a kept one of higher rank by more than {@code threshold}.
   */
  boolean[] suppress(double[] boxes, int first, Ranked rows, double threshold) {
    boolean[] kept = new boolean[rows.valid().length];
    for (int i : Ranking.descending(rows.scores())) {
      kept[i] = rows.valid()[i];
      for (int j = 0; j < kept.length && kept[i]; j++) {
        if (j != i && kept[j]) {
          int a = first + j * rows.stride();
          int b = first + i * rows.stride();
          kept[i] = iou(boxes, a, boxes, b) <= r.to(threshold);
        }
      }
    }
    return kept;
  }

  /** The rows of one suppression: scores, which rows take part, and numbers from box to box. */
  record Ranked(double[] scores, boolean[] valid, int stride) {}
}
