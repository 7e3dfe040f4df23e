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

  /** Area of one polygon in square pixels by the shoelace formula, independent of its direction. */
  public static double area(double[] xy) {
    double twice = 0;
    for (int i = 0, j = xy.length - 2; i < xy.length; j = i, i += 2) {
      twice += xy[j] * xy[i + 1] - xy[i] * xy[j + 1];
    }
    return Math.abs(twice) / 2;
  }
}
