package dev.maskrcnn.detection.coco;

import java.util.List;

/**
 * An object as the union of polygons.
 *
 * @param parts each {@code x, y, x, y, ...} in pixel-corner coordinates of the image, with at least
 *     three points; not copied, do not write into them
 */
public record Polygons(List<double[]> parts) implements Segmentation {
  public Polygons {
    parts = List.copyOf(parts);
  }

  /** The sum of the parts' areas in square pixels; overlaps count twice. */
  public double area() {
    return parts.stream().mapToDouble(Polygons::area).sum();
  }

  /** The box {@code xywh} around all parts, clipped to an image; of size 0 if all is outside. */
  public double[] box(int width, int height) {
    double[] low = {width, height};
    double[] high = {0, 0};
    for (double[] part : parts) {
      for (int i = 0; i < part.length; i++) {
        double inside = Math.max(0, Math.min(i % 2 == 0 ? width : height, part[i]));
        low[i % 2] = Math.min(low[i % 2], inside);
        high[i % 2] = Math.max(high[i % 2], inside);
      }
    }
    return new double[] {low[0], low[1], high[0] - low[0], high[1] - low[1]};
  }

  /** Area of one polygon in square pixels by the shoelace formula, independent of its direction. */
  public static double area(double[] xy) {
    double twice = 0;
    for (int i = 0, j = xy.length - 2; i < xy.length; j = i, i += 2) {
      twice += xy[j] * xy[i + 1] - xy[i] * xy[j + 1];
    }
    return Math.abs(twice) / 2;
  }
}
