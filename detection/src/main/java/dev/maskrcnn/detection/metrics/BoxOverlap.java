package dev.maskrcnn.detection.metrics;

/** Overlap of boxes as pycocotools computes it: continuous coordinates, no added pixel. */
public final class BoxOverlap {
  private BoxOverlap() {}

  /**
   * Pairwise intersection over union.
   *
   * @param dt boxes {@code xywh}
   * @param gt boxes {@code xywh}
   * @param crowd for each gt, whether the union is replaced by the area of the detection
   * @return {@code [dt][gt]}
   */
  public static double[][] iou(double[][] dt, double[][] gt, boolean[] crowd) {
    double[][] out = new double[dt.length][gt.length];
    for (int d = 0; d < dt.length; d++) {
      double[] a = dt[d];
      double area = a[2] * a[3];
      for (int g = 0; g < gt.length; g++) {
        double[] b = gt[g];
        double w = Math.min(a[2] + a[0], b[2] + b[0]) - Math.max(a[0], b[0]);
        double h = Math.min(a[3] + a[1], b[3] + b[1]) - Math.max(a[1], b[1]);
        if (w > 0 && h > 0) {
          double both = w * h;
          out[d][g] = both / (crowd[g] ? area : area + b[2] * b[3] - both);
        }
      }
    }
    return out;
  }
}
