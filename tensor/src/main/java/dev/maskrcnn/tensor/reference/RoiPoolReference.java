package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPool;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPoolBackward;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;

/** RoIPool and its gradient. */
final class RoiPoolReference {
  private RoiPoolReference() {}

  /** One axis of a RoI in pixels of the map. */
  private record Extent(int start, double bin, int limit, Rounding rounding) {
    static Extent of(double from, double to, int bins, int limit, Rounding r) {
      int start = (int) awayFromZero(from);
      int size = Math.max((int) awayFromZero(to) - start + 1, 1);
      return new Extent(start, r.to((double) size / bins), limit, r);
    }

    int first(int p) {
      return inside((int) Math.floor(rounding.to(p * bin)));
    }

    /** Behind the last pixel. */
    int end(int p) {
      return inside((int) Math.ceil(rounding.to((p + 1) * bin)));
    }

    private int inside(int at) {
      return Math.min(Math.max(at + start, 0), limit);
    }
  }

  /** To the nearest whole number, halves away from zero, as C's round. */
  private static double awayFromZero(double v) {
    double whole = Math.floor(Math.abs(v));
    return Math.copySign(Math.abs(v) - whole >= 0.5 ? whole + 1 : whole, v);
  }

  static void pool(RoiPool op, Operands a) {
    Rounding r = a.rounding(0);
    double scale = r.to(op.scale());
    double[] roi = a.in(0);
    Shape s = a.shape(1);
    Arrays.fill(a.out(1), -1);
    for (int i = 0; i < roi.length; i += 5) {
      int image = (int) roi[i];
      if (image < 0) {
        continue;
      }
      a.checked(image, s.dim(0), 0, i);
      int left = i + 1;
      int top = i + 2;
      Extent y =
          Extent.of(r.to(roi[top] * scale), r.to(roi[top + 2] * scale), op.height(), s.dim(1), r);
      Extent x =
          Extent.of(r.to(roi[left] * scale), r.to(roi[left + 2] * scale), op.width(), s.dim(2), r);
      for (int bin = 0; bin < op.height() * op.width(); bin++) {
        maximum(
            a,
            image,
            i / 5 * op.height() * op.width() + bin,
            new Bin(y, x, bin / op.width(), bin % op.width()));
      }
    }
  }

  private record Bin(Extent y, Extent x, int p, int q) {}

  private static void maximum(Operands a, int image, int to, Bin bin) {
    Shape s = a.shape(1);
    double[] features = a.in(1);
    int channels = s.dim(3);
    for (int c = 0; c < channels; c++) {
      double best = Double.NEGATIVE_INFINITY;
      int winner = -1;
      for (int h = bin.y.first(bin.p); h < bin.y.end(bin.p); h++) {
        for (int w = bin.x.first(bin.q); w < bin.x.end(bin.q); w++) {
          int pixel = h * s.dim(2) + w;
          double v = features[(image * s.dim(1) * s.dim(2) + pixel) * channels + c];
          if (v > best) {
            best = v;
            winner = pixel;
          }
        }
      }
      a.out(0)[to * channels + c] = winner < 0 ? 0 : best;
      a.out(1)[to * channels + c] = winner;
    }
  }

  static void poolBackward(RoiPoolBackward op, Operands a) {
    double[] dy = a.in(0);
    int[] winner = a.ints(1);
    double[] roi = a.in(2);
    double[] dx = a.out(0);
    Shape s = op.features();
    int pixels = s.dim(1) * s.dim(2);
    int perRoi = (int) a.shape(0).size(1, 4);
    for (int i = 0; i < dy.length; i++) {
      int image = (int) roi[i / perRoi * 5];
      if (image >= 0 && winner[i] >= 0) {
        a.checked(image, s.dim(0), 2, i / perRoi * 5);
        int pixel = a.checked(winner[i], pixels, 1, i);
        dx[(image * pixels + pixel) * s.dim(3) + i % s.dim(3)] += dy[i];
      }
    }
  }
}
