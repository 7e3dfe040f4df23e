package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Pointwise.Accumulate;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.op.Pointwise.Expand;
import dev.maskrcnn.tensor.op.Pointwise.ScaleRows;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Elementwise ops. */
final class PointwiseReference {
  private PointwiseReference() {}

  static void unary(Operands a, DoubleUnaryOperator f) {
    double[] x = a.in(0);
    double[] y = a.out(0);
    for (int i = 0; i < y.length; i++) {
      y[i] = f.applyAsDouble(x[i]);
    }
  }

  static void binary(Operands a, DoubleBinaryOperator f) {
    double[] x = a.in(0);
    double[] z = a.in(1);
    double[] y = a.out(0);
    for (int i = 0; i < y.length; i++) {
      y[i] = f.applyAsDouble(x[i], z[i]);
    }
  }

  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  static void scaleRows(ScaleRows op, Operands a) {
    double[] w = a.in(0);
    double[] s = a.in(1);
    double[] y = a.out(0);
    int width = s.length == 0 ? 0 : w.length / s.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = w[i] * s[i / width];
    }
  }

  static void expand(Expand op, Operands a) {
    Arrays.fill(a.out(0), a.in(0)[0]);
  }

  static void accumulate(Accumulate op, Operands a) {
    double[] sum = a.inPlace(0);
    double[] x = a.in(1);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += x[i];
    }
  }

  /** The rounding happens when the output is stored. */
  static void cast(Cast op, Operands a) {
    unary(a, v -> v);
  }
}
