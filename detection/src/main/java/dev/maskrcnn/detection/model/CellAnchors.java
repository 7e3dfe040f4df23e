package dev.maskrcnn.detection.model;

import java.util.ArrayList;
import java.util.List;

/** The anchors of one grid cell, before they are shifted over the image. */
public final class CellAnchors {
  private CellAnchors() {}

  /**
   * Anchors of maskrcnn-benchmark: ratio-major, then size, around the middle {@code (stride−1)/2}
   * of the first cell, corners inclusive; the base widths are rounded half to even.
   *
   * @param stride pixels per cell
   * @param sizes anchor sides in pixels
   * @param ratios height / width
   * @return 4 numbers (x1, y1, x2, y2) per anchor
   */
  public static List<Float> rounded(int stride, double[] sizes, double[] ratios) {
    List<Float> cells = new ArrayList<>();
    double centre = 0.5 * (stride - 1);
    double area = (double) stride * stride;
    for (double ratio : ratios) {
      double w = Math.rint(Math.sqrt(area / ratio));
      double h = Math.rint(w * ratio);
      for (double size : sizes) {
        double scale = size / stride;
        double sw = w * scale;
        double sh = h * scale;
        cells.add((float) (centre - 0.5 * (sw - 1)));
        cells.add((float) (centre - 0.5 * (sh - 1)));
        cells.add((float) (centre + 0.5 * (sw - 1)));
        cells.add((float) (centre + 0.5 * (sh - 1)));
      }
    }
    return cells;
  }

  /**
   * Anchors of torchvision: centred on the origin, corners rounded half to even, ratio-major, then
   * size; computed in float32 as there.
   */
  public static List<Float> centred(double[] sizes, double[] ratios) {
    List<Float> cells = new ArrayList<>();
    for (double ratio : ratios) {
      float hr = (float) Math.sqrt((float) ratio);
      float wr = 1f / hr;
      for (double size : sizes) {
        float w = wr * (float) size;
        float h = hr * (float) size;
        cells.add((float) Math.rint(-w / 2));
        cells.add((float) Math.rint(-h / 2));
        cells.add((float) Math.rint(w / 2));
        cells.add((float) Math.rint(h / 2));
      }
    }
    return cells;
  }

  /** Anchors of detectron2: centred on the origin, not rounded, size-major, then ratio. */
  public static List<Float> exact(double[] sizes, double[] ratios) {
    List<Float> cells = new ArrayList<>();
    for (double size : sizes) {
      for (double ratio : ratios) {
        double w = Math.sqrt(size * size / ratio);
        double h = ratio * w;
        cells.add((float) (-w / 2));
        cells.add((float) (-h / 2));
        cells.add((float) (w / 2));
        cells.add((float) (h / 2));
      }
    }
    return cells;
  }
}
