package dev.maskrcnn.tensor.cpu;

import java.util.Arrays;

/**
 * Rows with 32-bit keys in unsigned order, of which the largest are wanted; equal keys rank by
 * ascending row. Selection is by radix (three passes over the keys), and only what was selected is
 * sorted.
 */
final class RankedKeys {
  private static final int DIGIT = 11;

  private final int[] keys;
  private final int[] rows;
  private int count;

  /** Room for {@code capacity} rows. */
  RankedKeys(int capacity) {
    this.keys = new int[capacity];
    this.rows = new int[capacity];
  }

  /** The key of a score: orders as the score does, −0 as 0, NaN below everything. */
  static int key(float score) {
    int bits = Float.floatToRawIntBits(score + 0f);
    return Float.isNaN(score) ? 0 : bits ^ (bits >> 31 | 0x80000000);
  }

  /** Adds a row; rows must be added in ascending order. */
  void add(int key, int row) {
    keys[count] = key;
    rows[count++] = row;
  }

  int count() {
    return count;
  }

  /** Keeps the {@code k} rows with the largest keys, in ascending order of rows. */
  void keepLargest(int k) {
    if (k >= count) {
      return;
    }
    if (k <= 0) {
      count = 0;
      return;
    }
    int[] left = {k};
    int last = kth(left);
    int ties = left[0];
    int kept = 0;
    for (int i = 0; i < count; i++) {
      int order = Integer.compareUnsigned(keys[i], last);
      if (order > 0 || order == 0 && ties-- > 0) {
        keys[kept] = keys[i];
        rows[kept++] = rows[i];
      }
    }
    count = kept;
  }

  /**
   * The key of rank {@code left[0]} (from 1).
   *
   * @param left on return, how many rows with exactly that key belong to the largest
   */
  private int kth(int[] left) {
    int prefix = 0;
    for (int shift = 32 - DIGIT; ; shift = Math.max(shift - DIGIT, 0)) {
      int known = shift + DIGIT >= 32 ? 0 : -1 << shift + DIGIT;
      if (shift == 0) {
        known = -1 << 32 - 2 * DIGIT; // the last digit is shorter
      }
      int[] histogram = new int[1 << DIGIT];
      for (int i = 0; i < count; i++) {
        if ((keys[i] & known) == prefix) {
          histogram[(keys[i] & ~known) >>> shift]++;
        }
      }
      int digit = histogram.length - 1;
      while (histogram[digit] < left[0]) {
        left[0] -= histogram[digit--];
      }
      prefix |= digit << shift;
      if (shift == 0) {
        return prefix;
      }
    }
  }

  /** The rows, largest key first. */
  int[] descending() {
    long[] packed = new long[count];
    for (int i = 0; i < count; i++) {
      // ~key ascends where the key descends; flipping the top bit makes the order signed.
      packed[i] = (long) (~keys[i] ^ 0x80000000) << 32 | rows[i];
    }
    Arrays.sort(packed);
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = (int) packed[i];
    }
    return order;
  }

  /** The rows in ascending order. */
  int[] ascending() {
    return Arrays.copyOf(rows, count);
  }
}
