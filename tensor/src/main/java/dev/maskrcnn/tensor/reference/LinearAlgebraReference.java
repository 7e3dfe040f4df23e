package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.op.LinearAlgebra.RowDots;
import dev.maskrcnn.tensor.op.LinearAlgebra.Sum;
import dev.maskrcnn.tensor.op.LinearAlgebra.SumRows;

/** Products and sums, accumulated in double in index order. */
final class LinearAlgebraReference {
  private LinearAlgebraReference() {}

  static void matMul(MatMul op, Operands a) {
    double[] x = a.in(0);
    double[] w = a.in(1);
    double[] y = a.out(0);
    int rows = a.outShape(0).dim(0);
    int columns = a.outShape(0).dim(1);
    int inner = a.shape(0).dim(op.transposeA() ? 0 : 1);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double sum = 0;
        for (int k = 0; k < inner; k++) {
          double left = op.transposeA() ? x[k * rows + i] : x[i * inner + k];
          double right = op.transposeB() ? w[j * inner + k] : w[k * columns + j];
          sum += left * right;
        }
        y[i * columns + j] = sum;
      }
    }
    if (op.bias()) {
      ConvolutionReference.addBias(y, a.in(2));
    }
    if (op.relu()) {
      ConvolutionReference.relu(y);
    }
  }

  static void sumRows(SumRows op, Operands a) {
    double[] x = a.in(0);
    double[] y = a.out(0);
    for (int i = 0; i < x.length; i++) {
      y[i % y.length] += x[i];
    }
  }

  static void rowDots(RowDots op, Operands a) {
    double[] x = a.in(0);
    double[] z = a.in(1);
    double[] y = a.out(0);
    int width = y.length == 0 ? 0 : x.length / y.length;
    for (int i = 0; i < x.length; i++) {
      y[i / width] += x[i] * z[i];
    }
  }

  static void sum(Sum op, Operands a) {
    double[] y = a.out(0);
    for (double v : a.in(0)) {
      y[0] += v;
    }
  }
}
