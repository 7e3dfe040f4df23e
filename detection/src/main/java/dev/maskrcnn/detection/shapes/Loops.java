package dev.maskrcnn.detection.shapes;

import java.awt.geom.Area;
import java.awt.geom.PathIterator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The closed polygons that bound a straight-edged area: outer ones, and holes, which an {@link
 * Area} walks the other way round.
 *
 * @param outer each {@code x, y, x, y, …} without a repeated first corner
 * @param holes likewise
 */
record Loops(List<double[]> outer, List<double[]> holes) {
  /** The polygons of an area, sorted into outer ones and holes. */
  static Loops of(Area area) {
    List<double[]> all = polygons(area);
    double largest = 0;
    for (double[] polygon : all) {
      double signed = signedArea(polygon);
      largest = Math.abs(signed) > Math.abs(largest) ? signed : largest;
    }
    List<double[]> outer = new ArrayList<>();
    List<double[]> holes = new ArrayList<>();
    for (double[] polygon : all) {
      (signedArea(polygon) * largest >= 0 ? outer : holes).add(polygon);
    }
    return new Loops(outer, holes);
  }

  /** Square pixels inside. */
  double area() {
    double sum = 0;
    for (double[] polygon : outer) {
      sum += Math.abs(signedArea(polygon));
    }
    for (double[] polygon : holes) {
      sum -= Math.abs(signedArea(polygon));
    }
    return sum;
  }

  /** Area by the shoelace formula, signed by orientation. */
  static double signedArea(double[] xy) {
    double sum = 0;
    for (int i = 0; i < xy.length; i += 2) {
      int j = (i + 2) % xy.length;
      sum += xy[i] * xy[j + 1] - xy[j] * xy[i + 1];
    }
    return sum / 2;
  }

  private static List<double[]> polygons(Area area) {
    List<double[]> all = new ArrayList<>();
    double[] point = new double[6];
    double[] xy = new double[64];
    int n = 0;
    for (PathIterator it = area.getPathIterator(null); !it.isDone(); it.next()) {
      switch (it.currentSegment(point)) {
        case PathIterator.SEG_MOVETO -> n = 0;
        case PathIterator.SEG_LINETO -> {}
        case PathIterator.SEG_CLOSE -> {
          boolean repeated = n >= 4 && xy[0] == xy[n - 2] && xy[1] == xy[n - 1];
          all.add(Arrays.copyOf(xy, repeated ? n - 2 : n));
          continue;
        }
        default -> throw new IllegalArgumentException("loops: the area has curved edges");
      }
      if (n == xy.length) {
        xy = Arrays.copyOf(xy, 2 * n);
      }
      xy[n++] = point[0];
      xy[n++] = point[1];
    }
    return all;
  }
}
