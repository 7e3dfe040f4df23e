package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.spi.DenseArray;
import java.nio.IntBuffer;

/** A mean whose terms come in blocks: the same result in whatever order the blocks are done. */
final class Mean {
  private final int grain;
  private final double[] sums;
  private final long[] counts;

  /** A mean over {@code n} rows that are done in ranges of {@code grain}. */
  Mean(int n, int grain) {
    int blocks = (int) (((long) n + grain - 1) / grain);
    this.grain = grain;
    this.sums = new double[blocks];
    this.counts = new long[blocks];
  }

  /** Sets the sum and the number of terms of the range that begins at {@code from}. */
  void put(int from, double sum, long count) {
    sums[from / grain] = sum;
    counts[from / grain] = count;
  }

  /** Number of terms, at least 1 so that it can divide. */
  long count() {
    long n = 0;
    for (long c : counts) {
      n += c;
    }
    return Math.max(n, 1);
  }

  double value() {
    double sum = 0;
    for (double s : sums) {
      sum += s;
    }
    return sum / count();
  }

  /** How many labels are at least 0, but not less than 1. */
  static int counted(DenseArray labels) {
    int[] block = new int[Slab.SIZE];
    int size = Elementwise.size(labels);
    IntBuffer from = labels.ints();
    int count = 0;
    for (int i = 0; i < size; i += block.length) {
      int n = Math.min(block.length, size - i);
      from.get(i, block, 0, n);
      for (int k = 0; k < n; k++) {
        count += 1 + (block[k] >> 31);
      }
    }
    return Math.max(count, 1);
  }
}
