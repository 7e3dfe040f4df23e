package dev.maskrcnn.tensor.cpu;

/** Softmax of a block of rows; scratch of one thread. */
final class SoftmaxRows {
  private final int width;
  private final float[] block;
  private final float[] largest;
  private final double[] sum;
  private final VectorMath math;

  /** A block of at most {@code rows} rows that fits the cache. */
  SoftmaxRows(int rows, int width) {
    int n = Math.max(1, Math.min(rows, Elementwise.BLOCK / width));
    this.width = width;
    this.block = new float[n * width];
    this.largest = new float[n];
    this.sum = new double[n];
    this.math = new VectorMath(block.length);
  }

  /** Rows in a block. */
  int count() {
    return sum.length;
  }

  /** The data, to be filled with logits and then read. */
  float[] block() {
    return block;
  }

  /** Replaces all rows by their softmax. */
  void run() {
    for (int r = 0; r < largest.length; r++) {
      float m = Float.NEGATIVE_INFINITY;
      for (int i = r * width; i < (r + 1) * width; i++) {
        m = Math.max(m, block[i]);
      }
      largest[r] = m;
      for (int i = r * width; i < (r + 1) * width; i++) {
        block[i] -= m;
      }
    }
    math.exp(block);
    for (int r = 0; r < sum.length; r++) {
      double s = 0;
      for (int i = r * width; i < (r + 1) * width; i++) {
        s += block[i];
      }
      sum[r] = s;
      float scale = (float) (1 / s);
      for (int i = r * width; i < (r + 1) * width; i++) {
        block[i] *= scale;
      }
    }
  }

  /** {@code ln Σ e^x} of row {@code r} of what {@link #run} was given last. */
  double logSumExp(int r) {
    return largest[r] + Math.log(sum[r]);
  }
}
