package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.op.Normalization.GroupNormBackward;
import dev.maskrcnn.tensor.op.Normalization.Softmax;
import dev.maskrcnn.tensor.shape.Shape;

/** Group normalisation and softmax. */
final class NormalizationReference {
  private NormalizationReference() {}

  /** Index of the statistics {@code [N,groups]} of flat element i of x {@code [N,…,C]}. */
  private static int group(Shape x, int groups, int i) {
    int c = x.dim(-1);
    int n = i / (int) x.size(1, x.rank());
    return n * groups + i % c / (c / groups);
  }

  static void groupNorm(GroupNorm op, Operands a) {
    double[] x = a.in(0);
    double[] gamma = a.in(1);
    double[] beta = a.in(2);
    double[] y = a.out(0);
    double[] mean = a.out(1);
    double[] scale = a.out(2);
    Shape s = a.shape(0);
    double count = s.size(1, s.rank()) / (double) op.groups();
    for (int i = 0; i < x.length; i++) {
      mean[group(s, op.groups(), i)] += x[i] / count;
    }
    double[] variance = new double[mean.length];
    for (int i = 0; i < x.length; i++) {
      int g = group(s, op.groups(), i);
      variance[g] += (x[i] - mean[g]) * (x[i] - mean[g]) / count;
    }
    for (int g = 0; g < scale.length; g++) {
      scale[g] = 1 / Math.sqrt(variance[g] + op.epsilon());
    }
    for (int i = 0; i < x.length; i++) {
      int g = group(s, op.groups(), i);
      int c = i % gamma.length;
      y[i] = (x[i] - mean[g]) * scale[g] * gamma[c] + beta[c];
    }
    if (op.relu()) {
      ConvolutionReference.relu(y);
    }
  }

  /**
   * With h = (x − mean)·scale and e = dy·gamma: {@code dx = scale·(e − mean(e) − h·mean(e·h))}, the
   * means over each group.
   */
  static void groupNormBackward(GroupNormBackward op, Operands a) {
    double[] dy = a.in(0);
    double[] x = a.in(1);
    double[] gamma = a.in(2);
    double[] mean = a.in(3);
    double[] scale = a.in(4);
    Shape s = a.shape(0);
    double count = s.size(1, s.rank()) / (double) op.groups();
    double[] sumE = new double[mean.length];
    double[] sumEh = new double[mean.length];
    for (int i = 0; i < x.length; i++) {
      int g = group(s, op.groups(), i);
      int c = i % gamma.length;
      double h = (x[i] - mean[g]) * scale[g];
      sumE[g] += dy[i] * gamma[c];
      sumEh[g] += dy[i] * gamma[c] * h;
      a.out(1)[c] += dy[i] * h;
      a.out(2)[c] += dy[i];
    }
    for (int i = 0; i < x.length; i++) {
      int g = group(s, op.groups(), i);
      double h = (x[i] - mean[g]) * scale[g];
      double e = dy[i] * gamma[i % gamma.length];
      a.out(0)[i] = scale[g] * (e - sumE[g] / count - h * sumEh[g] / count);
    }
  }

  static void softmax(Softmax op, Operands a) {
    softmaxRows(a.in(0), a.out(0), a.shape(0).dim(-1));
  }

  /** Softmax of each row of {@code width} numbers. */
  static void softmaxRows(double[] x, double[] y, int width) {
    for (int at = 0; at < x.length; at += width) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < width; k++) {
        largest = Math.max(largest, x[at + k]);
      }
      double sum = 0;
      for (int k = 0; k < width; k++) {
        y[at + k] = Math.exp(x[at + k] - largest);
        sum += y[at + k];
      }
      for (int k = 0; k < width; k++) {
        y[at + k] /= sum;
      }
    }
  }
}
