package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.ShapeException;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;
import java.util.Locale;

/** Shape rules shared by the catalogue; every failure names the op and all input specs. */
final class Check {
  private Check() {}

  static void count(Op op, List<Spec> in, int expected) {
    if (in.size() != expected) {
      throw fail(op, "takes " + expected + " inputs, got " + in.size(), in);
    }
  }

  static void atLeast(Op op, List<Spec> in, int expected) {
    if (in.size() < expected) {
      throw fail(op, "takes at least " + expected + " inputs, got " + in.size(), in);
    }
  }

  static void rank(Op op, List<Spec> in, int index, int rank) {
    if (in.get(index).shape().rank() != rank) {
      throw fail(op, "input " + index + " must have rank " + rank, in);
    }
  }

  static void floating(Op op, List<Spec> in, int... indices) {
    DType first = null;
    for (int i : indices) {
      DType t = in.get(i).dtype();
      if (!t.isFloat()) {
        throw fail(op, "input " + i + " must be floating point, is " + t, in);
      }
      if (first != null && t != first) {
        throw fail(op, "input " + i + " is " + t + " but an earlier one is " + first, in);
      }
      first = t;
    }
  }

  static void dtype(Op op, List<Spec> in, int index, DType expected) {
    if (in.get(index).dtype() != expected) {
      throw fail(op, "input " + index + " must be " + expected, in);
    }
  }

  static void shape(Op op, List<Spec> in, int index, Shape expected) {
    if (!in.get(index).shape().equals(expected)) {
      throw fail(op, "input " + index + " must have shape " + expected, in);
    }
  }

  /** The last extent, such as the 4 of boxes. */
  static void last(Op op, List<Spec> in, int index, int extent) {
    Shape s = in.get(index).shape();
    if (s.rank() == 0 || s.dim(-1) != extent) {
      throw fail(op, "input " + index + " must have " + extent + " columns", in);
    }
  }

  static void scalar(Op op, List<Spec> in, int index) {
    if (in.get(index).shape().size() != 1) {
      throw fail(op, "input " + index + " must have one element", in);
    }
  }

  static void atLeastRank(Op op, List<Spec> in, int index, int rank) {
    if (in.get(index).shape().rank() < rank) {
      throw fail(op, "input " + index + " must have at least rank " + rank, in);
    }
  }

  static void that(Op op, List<Spec> in, boolean ok, String problem) {
    if (!ok) {
      throw fail(op, problem, in);
    }
  }

  static ShapeException fail(Op op, String problem, List<Spec> in) {
    return new ShapeException(name(op) + ": " + problem + " (inputs " + in + "; " + op + ")");
  }

  /** {@code Conv2d} → {@code conv2d}, {@code RoiAlign} → {@code roi_align}. */
  static String name(Op op) {
    return op.getClass()
        .getSimpleName()
        .replaceAll("([a-z])([A-Z])", "$1_$2")
        .toLowerCase(Locale.ROOT);
  }
}
