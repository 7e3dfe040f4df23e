package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SmoothL1Backward;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropyBackward;

/** Losses; the mean of nothing is 0. */
final class LossReference {
  private LossReference() {}

  /** How many labels count, at least 1 so that it can divide. */
  private static int counted(int[] label) {
    int count = 0;
    for (int l : label) {
      count += l >= 0 ? 1 : 0;
    }
    return Math.max(count, 1);
  }

  static void crossEntropy(SoftmaxCrossEntropy op, Operands a) {
    double[] x = a.in(0);
    int[] label = a.ints(1);
    double[] loss = a.out(0);
    int classes = a.shape(0).dim(1);
    NormalizationReference.softmaxRows(x, a.out(1), classes);
    for (int r = 0; r < label.length; r++) {
      if (label[r] >= 0) {
        int own = r * classes + a.checked(label[r], classes, 1, r);
        loss[0] += (logSumExp(x, r * classes, classes) - x[own]) / counted(label);
      }
    }
  }

  private static double logSumExp(double[] x, int at, int width) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < width; k++) {
      largest = Math.max(largest, x[at + k]);
    }
    double sum = 0;
    for (int k = 0; k < width; k++) {
      sum += Math.exp(x[at + k] - largest);
    }
    return largest + Math.log(sum);
  }

  static void crossEntropyBackward(SoftmaxCrossEntropyBackward op, Operands a) {
    double dloss = a.in(0)[0];
    double[] softmax = a.in(1);
    int[] label = a.ints(2);
    double[] dx = a.out(0);
    int classes = a.shape(1).dim(1);
    int count = counted(label);
    for (int r = 0; r < label.length; r++) {
      if (label[r] >= 0) {
        for (int k = 0; k < classes; k++) {
          double target = k == label[r] ? 1 : 0;
          dx[r * classes + k] = dloss * (softmax[r * classes + k] - target) / count;
        }
      }
    }
  }

  private static int counted(double[] target) {
    int count = 0;
    for (double t : target) {
      count += t >= 0 ? 1 : 0;
    }
    return Math.max(count, 1);
  }

  /** {@code −t·ln σ(x) − (1−t)·ln(1−σ(x)) = max(x,0) − x·t + ln(1+e^−|x|)}. */
  static void binaryCrossEntropy(BinaryCrossEntropy op, Operands a) {
    double[] x = a.in(0);
    double[] t = a.in(1);
    double[] loss = a.out(0);
    int count = counted(t);
    for (int i = 0; i < x.length; i++) {
      if (t[i] >= 0) {
        double one = Math.max(x[i], 0) - x[i] * t[i] + Math.log1p(Math.exp(-Math.abs(x[i])));
        loss[0] += one / count;
      }
    }
  }

  static void binaryCrossEntropyBackward(BinaryCrossEntropyBackward op, Operands a) {
    double dloss = a.in(0)[0];
    double[] x = a.in(1);
    double[] t = a.in(2);
    double[] dx = a.out(0);
    int count = counted(t);
    for (int i = 0; i < x.length; i++) {
      if (t[i] >= 0) {
        dx[i] = dloss * (PointwiseReference.sigmoid(x[i]) - t[i]) / count;
      }
    }
  }

  static void smoothL1(SmoothL1 op, Operands a) {
    double[] prediction = a.in(0);
    double[] target = a.in(1);
    int[] label = a.ints(2);
    double[] loss = a.out(0);
    int width = a.shape(0).dim(1);
    int count = counted(label);
    for (int i = 0; i < prediction.length; i++) {
      if (label[i / width] > 0) {
        double d = Math.abs(prediction[i] - target[i]);
        double one = d < op.beta() ? 0.5 * d * d / op.beta() : d - 0.5 * op.beta();
        loss[0] += one / count;
      }
    }
  }

  static void smoothL1Backward(SmoothL1Backward op, Operands a) {
    double dloss = a.in(0)[0];
    double[] prediction = a.in(1);
    double[] target = a.in(2);
    int[] label = a.ints(3);
    double[] dx = a.out(0);
    int width = a.shape(1).dim(1);
    int count = counted(label);
    for (int i = 0; i < prediction.length; i++) {
      if (label[i / width] > 0) {
        double d = prediction[i] - target[i];
        dx[i] = dloss * (Math.abs(d) < op.beta() ? d / op.beta() : Math.signum(d)) / count;
      }
    }
  }
}
