package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.spi.DenseArray;
import java.nio.ByteBuffer;

/**
 * A regular part of a tensor as raw bytes: {@code count} runs of {@code run} bytes, the first at
 * {@code at}, each {@code stride} bytes after the one before. Slices and joins along an axis are
 * copies between strips, whatever the element type.
 */
record Strip(ByteBuffer bytes, int at, int stride, int run, int count) {

  /** Bytes per task. */
  private static final int TASK_BYTES = 4 * Slab.TASK;

  /** Up to this length a loop over ints beats the call of a bulk copy. */
  private static final int SHORT_RUN = 32;

  private static final ByteBuffer ZEROS = ByteBuffer.allocate(8192).asReadOnlyBuffer();

  /** All of a tensor, as one run. */
  static Strip whole(DenseArray t) {
    int n = Math.toIntExact(t.spec().bytes());
    return new Strip(t.memory().host(), 0, n, n, 1);
  }

  /** Elements {@code start … start+extent−1} of an axis. */
  static Strip part(DenseArray t, int axis, int start, int extent) {
    int rank = t.shape().rank();
    int inner = Math.toIntExact(t.shape().size(axis + 1, rank) * t.spec().dtype().bytes());
    int outer = Math.toIntExact(t.shape().size(0, axis));
    int stride = Math.multiplyExact(inner, t.shape().dim(axis));
    return new Strip(t.memory().host(), start * inner, stride, extent * inner, outer);
  }

  /** Copies strips of equal runs and counts. */
  static void copy(Workers workers, Strip from, Strip to) {
    if (to.run == 0) {
      return;
    }
    workers.ranges(
        Math.multiplyExact(to.run, to.count),
        TASK_BYTES,
        (start, end) -> {
          for (int i = start; i < end; ) {
            int c = i / to.run;
            int offset = i - c * to.run;
            int n = Math.min(to.run - offset, end - i);
            int source = from.at + c * from.stride + offset;
            copy(from.bytes, source, to.bytes, to.at + c * to.stride + offset, n);
            i += n;
          }
        });
  }

  /** Fills a strip with zeros. */
  static void zero(Workers workers, Strip to) {
    if (to.run == 0) {
      return;
    }
    workers.ranges(
        Math.multiplyExact(to.run, to.count),
        TASK_BYTES,
        (start, end) -> {
          for (int i = start; i < end; ) {
            int c = i / to.run;
            int offset = i - c * to.run;
            int n = Math.min(to.run - offset, end - i);
            zero(to.bytes, to.at + c * to.stride + offset, n);
            i += n;
          }
        });
  }

  /** Copies {@code n} bytes. */
  static void copy(ByteBuffer from, int source, ByteBuffer to, int target, int n) {
    if (n > SHORT_RUN || (n & 3) != 0) {
      to.put(target, from, source, n);
      return;
    }
    for (int i = 0; i < n; i += 4) {
      to.putInt(target + i, from.getInt(source + i));
    }
  }

  /** Zeroes {@code n} bytes. */
  static void zero(ByteBuffer to, int target, int n) {
    for (int i = 0; i < n; i += ZEROS.capacity()) {
      to.put(target + i, ZEROS, 0, Math.min(ZEROS.capacity(), n - i));
    }
  }
}
