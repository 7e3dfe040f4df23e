package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Movement.BatchGather;
import dev.maskrcnn.tensor.op.Movement.Concat;
import dev.maskrcnn.tensor.op.Movement.GatherRows;
import dev.maskrcnn.tensor.op.Movement.GatherRowsBackward;
import dev.maskrcnn.tensor.op.Movement.SelectClass;
import dev.maskrcnn.tensor.op.Movement.SelectClassBackward;
import dev.maskrcnn.tensor.op.Movement.Slice;
import dev.maskrcnn.tensor.op.Movement.SliceBackward;
import dev.maskrcnn.tensor.shape.Shape;

/** Ops that move elements. */
final class MovementReference {
  private MovementReference() {}

  /**
   * Copies between the part {@code start … start+extent−1} of an axis of {@code large} and the
   * whole of {@code small}, in the direction that {@code outward} says.
   */
  private static void part(double[] large, Shape whole, int axis, int start, Part small) {
    int inner = (int) whole.size(axis + 1, whole.rank());
    int outer = (int) whole.size(0, axis);
    int run = small.extent * inner;
    for (int o = 0; o < outer; o++) {
      int at = (o * whole.dim(axis) + start) * inner;
      if (small.intoLarge) {
        System.arraycopy(small.data, o * run, large, at, run);
      } else {
        System.arraycopy(large, at, small.data, o * run, run);
      }
    }
  }

  /** The smaller side of a copy. */
  private record Part(double[] data, int extent, boolean intoLarge) {}

  static void concat(Concat op, Operands a) {
    int start = 0;
    for (int i = 0; i < a.inputs(); i++) {
      int extent = a.shape(i).dim(op.axis());
      Part p = new Part(a.in(i), extent, true);
      part(a.out(0), a.outShape(0), op.axis(), start, p);
      start += extent;
    }
  }

  static void slice(Slice op, Operands a) {
    Part p = new Part(a.out(0), op.length(), false);
    part(a.in(0), a.shape(0), op.axis(), op.start(), p);
  }

  static void sliceBackward(SliceBackward op, Operands a) {
    Part p = new Part(a.in(0), a.shape(0).dim(op.axis()), true);
    part(a.out(0), a.outShape(0), op.axis(), op.start(), p);
  }

  static void gatherRows(GatherRows op, Operands a) {
    double[] x = a.in(0);
    int[] index = a.ints(1);
    double[] y = a.out(0);
    int rows = a.shape(0).dim(0);
    int width = (int) a.shape(0).size(1, a.shape(0).rank());
    for (int k = 0; k < index.length; k++) {
      if (index[k] >= 0) {
        int row = a.checked(index[k], rows, 1, k);
        System.arraycopy(x, row * width, y, k * width, width);
      }
    }
  }

  static void gatherRowsBackward(GatherRowsBackward op, Operands a) {
    double[] dy = a.in(0);
    int[] index = a.ints(1);
    double[] dx = a.out(0);
    int width = (int) a.shape(0).size(1, a.shape(0).rank());
    for (int k = 0; k < index.length; k++) {
      if (index[k] >= 0) {
        int row = a.checked(index[k], op.rows(), 1, k);
        for (int c = 0; c < width; c++) {
          dx[row * width + c] += dy[k * width + c];
        }
      }
    }
  }

  static void batchGather(BatchGather op, Operands a) {
    double[] x = a.in(0);
    int[] index = a.ints(1);
    double[] y = a.out(0);
    int rows = a.shape(0).dim(1);
    int width = a.shape(0).rank() == 2 ? 1 : a.shape(0).dim(2);
    int perImage = a.shape(1).dim(1);
    for (int k = 0; k < index.length; k++) {
      int n = a.shape(0).dim(0) == 1 ? 0 : k / perImage;
      if (index[k] >= 0) {
        int row = n * rows + a.checked(index[k], rows, 1, k);
        System.arraycopy(x, row * width, y, k * width, width);
      }
    }
  }

  static void selectClass(SelectClass op, Operands a) {
    double[] x = a.in(0);
    double[] y = a.out(0);
    classes(a, a.shape(0), op.width(), (all, one) -> y[one] = x[all]);
  }

  static void selectClassBackward(SelectClassBackward op, Operands a) {
    double[] dy = a.in(0);
    double[] dx = a.out(0);
    classes(a, a.outShape(0), a.shape(0).dim(2), (all, one) -> dx[all] = dy[one]);
  }

  /** Positions of one element among all classes {@code [R,S,K·width]} and in its own. */
  @FunctionalInterface
  private interface ClassElement {
    void at(int all, int one);
  }

  private static void classes(Operands a, Shape all, int width, ClassElement element) {
    int[] label = a.ints(1);
    int spots = all.dim(1);
    for (int r = 0; r < label.length; r++) {
      if (label[r] < 0) {
        continue;
      }
      int k = a.checked(label[r], all.dim(2) / width, 1, r);
      for (int s = r * spots; s < (r + 1) * spots; s++) {
        for (int c = 0; c < width; c++) {
          element.at(s * all.dim(2) + k * width + c, s * width + c);
        }
      }
    }
  }
}
