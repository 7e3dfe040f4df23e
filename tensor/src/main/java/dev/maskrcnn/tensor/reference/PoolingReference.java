package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Pooling.MaxPool2d;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2dBackward;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearest;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearestBackward;
import dev.maskrcnn.tensor.shape.Shape;

/** Ops that change the resolution of images. */
final class PoolingReference {
  private PoolingReference() {}

  /** Flat position of {@code [n,h,w,c]}. */
  static int at(Shape s, int n, int h, int w, int c) {
    return ((n * s.dim(1) + h) * s.dim(2) + w) * s.dim(3) + c;
  }

  /** Visits every element of an image batch. */
  @FunctionalInterface
  interface Pixel {
    void at(int n, int h, int w, int c);
  }

  static void pixels(Shape s, Pixel pixel) {
    for (int n = 0; n < s.dim(0); n++) {
      for (int h = 0; h < s.dim(1); h++) {
        for (int w = 0; w < s.dim(2); w++) {
          for (int c = 0; c < s.dim(3); c++) {
            pixel.at(n, h, w, c);
          }
        }
      }
    }
  }

  static void maxPool2d(MaxPool2d op, Operands a) {
    double[] x = a.in(0);
    double[] y = a.out(0);
    double[] winner = a.out(1);
    Shape from = a.shape(0);
    Shape to = a.outShape(0);
    pixels(
        to,
        (n, p, q, c) -> {
          int out = at(to, n, p, q, c);
          y[out] = Double.NEGATIVE_INFINITY;
          for (int k = op.kernel() * op.kernel() - 1; k >= 0; k--) {
            int h = p * op.stride() - op.padding() + k / op.kernel();
            int w = q * op.stride() - op.padding() + k % op.kernel();
            boolean inside = h >= 0 && h < from.dim(1) && w >= 0 && w < from.dim(2);
            // Backwards with >=, so that the first of equal elements wins.
            if (inside && x[at(from, n, h, w, c)] >= y[out]) {
              y[out] = x[at(from, n, h, w, c)];
              winner[out] = k;
            }
          }
        });
  }

  static void maxPool2dBackward(MaxPool2dBackward op, Operands a) {
    double[] dy = a.in(0);
    int[] winner = a.ints(1);
    double[] dx = a.out(0);
    Shape from = a.outShape(0);
    Shape to = a.shape(0);
    pixels(
        to,
        (n, p, q, c) -> {
          int out = at(to, n, p, q, c);
          int h = p * op.stride() - op.padding() + winner[out] / op.kernel();
          int w = q * op.stride() - op.padding() + winner[out] % op.kernel();
          dx[at(from, n, h, w, c)] += dy[out];
        });
  }

  /** The pixel of {@code from} that pixel i of {@code to} pixels shows. */
  private static int nearest(int i, int from, int to) {
    return (int) ((long) i * from / to);
  }

  /** Pairs each pixel of the large image with the one of the small image that it shows. */
  private static void nearest(Shape small, Shape large, Pair pair) {
    pixels(
        large,
        (n, h, w, c) -> {
          int row = nearest(h, small.dim(1), large.dim(1));
          int col = nearest(w, small.dim(2), large.dim(2));
          pair.at(at(small, n, row, col, c), at(large, n, h, w, c));
        });
  }

  /** Flat positions in the small and the large image. */
  @FunctionalInterface
  private interface Pair {
    void at(int small, int large);
  }

  static void upsampleNearest(UpsampleNearest op, Operands a) {
    double[] x = a.in(0);
    double[] y = a.out(0);
    nearest(a.shape(0), a.outShape(0), (from, to) -> y[to] = x[from]);
  }

  static void upsampleNearestBackward(UpsampleNearestBackward op, Operands a) {
    double[] dy = a.in(0);
    double[] dx = a.out(0);
    nearest(a.outShape(0), a.shape(0), (to, from) -> dx[to] += dy[from]);
  }
}
