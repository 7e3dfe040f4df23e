package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.op.Masks.MaskTargets;

/** Mask targets and pasting. */
final class MaskReference {
  private MaskReference() {}

  static void targets(MaskTargets op, Operands a) {
    double[] boxes = a.in(0);
    int[] instance = a.ints(1);
    double[] coords = a.in(2);
    int[] parts = a.ints(3);
    int[] ranges = a.ints(4);
    double[] out = a.out(0);
    int size = op.size();
    for (int p = 0; p < instance.length; p++) {
      if (instance[p] < 0) {
        continue;
      }
      int g = a.checked(instance[p], ranges.length - 1, 1, p);
      for (int q = ranges[g]; q < ranges[g + 1]; q++) {
        double[] polygon = Ranking.row(coords, parts[q], parts[q + 1] - parts[q]);
        crop(polygon, boxes, p * 4, size, a.rounding(0));
        boolean[] inside = PolygonFill.fill(polygon, size, size);
        for (int i = 0; i < inside.length; i++) {
          if (inside[i]) {
            out[p * size * size + i] = 1;
          }
        }
      }
    }
  }

  static void ignoreRows(Operands a) {
    int[] label = a.ints(1);
    double[] x = a.in(0);
    int width = label.length == 0 ? 0 : x.length / label.length;
    for (int i = 0; i < x.length; i++) {
      a.out(0)[i] = label[i / width] < 0 ? -1 : x[i];
    }
  }

  /** Into the coordinates of a size × size raster over the box. */
  private static void crop(double[] polygon, double[] box, int at, int size, Rounding r) {
    for (int i = 0; i < polygon.length; i++) {
      int axis = i % 2;
      double extent = Math.max(r.to(box[at + axis + 2] - box[at + axis]), 1);
      polygon[i] = r.to(r.to(r.to(polygon[i] - box[at + axis]) * size) / extent);
    }
  }

  /** One axis of a pasted box: first pixel, last pixel, and length of the resized mask. */
  private record Span(int first, int last, int length) {
    static Span of(double from, double to, double growth, Rounding r) {
      double half = r.to(r.to(r.to(to - from) * 0.5) * r.to(growth));
      double centre = r.to(r.to(to + from) * 0.5);
      int first = (int) r.to(centre - half);
      int last = (int) r.to(centre + half);
      return new Span(first, last, Math.max(last - first + 1, 1));
    }

    boolean contains(int pixel) {
      return pixel >= first && pixel <= last;
    }

    /**
     * Position of a pixel in a mask of {@code size} pixels, half-pixel centres, at least 0: in
     * double, of a rounded scale, as PyTorch's interpolation has it on the CPU.
     */
    double source(int pixel, int size, Rounding r) {
      double scale = r.to(size / (double) length);
      return Math.max(scale * (pixel - first + 0.5) - 0.5, 0);
    }
  }

  static void paste(MaskPaste op, Operands a) {
    double[] boxes = a.in(1);
    double[] out = a.out(0);
    Rounding r = a.rounding(0);
    int m = a.shape(0).dim(1);
    double growth = (m + 2.0 * op.padding()) / m;
    for (int d = 0; d < a.shape(0).dim(0); d++) {
      double[] mask = pad(a.in(0), d, m, op.padding());
      Span x = Span.of(boxes[d * 4], boxes[d * 4 + 2], growth, r);
      Span y = Span.of(boxes[d * 4 + 1], boxes[d * 4 + 3], growth, r);
      for (int row = 0; row < op.height(); row++) {
        for (int col = 0; col < op.width(); col++) {
          if (y.contains(row) && x.contains(col)) {
            int side = m + 2 * op.padding();
            double v = bilinear(mask, side, y.source(row, side, r), x.source(col, side, r), r);
            out[(d * op.height() + row) * op.width() + col] =
                op.threshold() < 0 ? (int) r.to(v * 255) : v > r.to(op.threshold()) ? 1 : 0;
          }
        }
      }
    }
  }

  private static double[] pad(double[] masks, int d, int m, int padding) {
    int side = m + 2 * padding;
    double[] padded = new double[side * side];
    for (int i = 0; i < m; i++) {
      System.arraycopy(masks, (d * m + i) * m, padded, (i + padding) * side + padding, m);
    }
    return padded;
  }

  /** Rounded at every step: the result is compared with a threshold. */
  private static double bilinear(double[] mask, int side, double y, double x, Rounding r) {
    int top = Math.min((int) y, side - 1);
    int left = Math.min((int) x, side - 1);
    int bottom = Math.min(top + 1, side - 1);
    int right = Math.min(left + 1, side - 1);
    double down = r.to(y - top);
    double across = r.to(x - left);
    double upper = mix(mask[top * side + left], mask[top * side + right], across, r);
    double lower = mix(mask[bottom * side + left], mask[bottom * side + right], across, r);
    return mix(upper, lower, down, r);
  }

  private static double mix(double a, double b, double share, Rounding r) {
    return r.to(r.to(a * r.to(1 - share)) + r.to(b * share));
  }
}
