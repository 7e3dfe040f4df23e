package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Pooling.MaxPool2d;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * Max pooling with the winner's position. Floats are compared as integer keys of the same order,
 * and the choice between two is made by masks, because that is what C2 of Java 17 vectorises. An
 * input row is split by the remainder of its column by the stride, so that all pixels which one
 * window position sees lie side by side and the loops run over many pixels at once.
 */
final class MaxPoolJava {
  /** Loses against every number. */
  private static final int NOTHING = Integer.MIN_VALUE;

  private final int kernel;
  private final int stride;
  private final int padding;
  private final Shape from;
  private final Shape to;
  private final IntBuffer x;
  private final IntBuffer y;
  private final ByteBuffer winner;

  MaxPoolJava(KernelCall<MaxPool2d> call) {
    Require.f32(call);
    this.kernel = call.op().kernel();
    this.stride = call.op().stride();
    this.padding = call.op().padding();
    this.from = call.in(0).shape();
    this.to = call.out(0).shape();
    this.x = call.in(0).ints();
    this.y = call.out(0).ints();
    this.winner = call.out(1).memory().host();
  }

  void run(Workers workers) {
    if (to.size() == 0) {
      return;
    }
    int rowCost = Math.max(1, stride * from.dim(2) * from.dim(3));
    workers.ranges(
        to.dim(0) * to.dim(1),
        Math.max(1, Slab.TASK / rowCost),
        (first, last) -> {
          Task task = new Task();
          for (int r = first; r < last; r++) {
            task.row(r / to.dim(1), r % to.dim(1));
          }
        });
  }

  /**
   * Floats to integers of the same order, and back: negative numbers are mirrored. Both zeros
   * become equal and NaN of either sign largest, so that the first zero wins and NaN is passed on.
   */
  private static void mirror(int[] bits) {
    for (int i = 0; i < bits.length; i++) {
      int magnitude = bits[i] & 0x7fffffff;
      int sign = (bits[i] >> 31) & ~((0x7f800000 - magnitude) >> 31);
      bits[i] = (magnitude ^ sign) - sign;
    }
  }

  private static void restore(int[] keys) {
    for (int i = 0; i < keys.length; i++) {
      int sign = keys[i] >> 31;
      keys[i] = ((keys[i] ^ sign) - sign) | (sign & 0x80000000);
    }
  }

  /** Where a key is above the best, it replaces it and {@code place} is noted. */
  private static void compare(int[] best, int[] places, int[] keys, int place) {
    for (int i = 0; i < best.length; i++) {
      int b = best[i];
      int k = keys[i];
      int d = b - k;
      int both = b ^ k;
      int above = (d ^ (both & (d ^ b))) >> 31; // sign of b − k without overflow
      best[i] = b ^ (both & above);
      places[i] ^= (places[i] ^ place) & above;
    }
  }

  /** Scratch of one thread. */
  private final class Task {
    private final int channels = to.dim(3);
    private final int pixels = Math.min(to.dim(2), Math.max(1, Slab.SIZE / channels));
    private final int[] best = new int[pixels * channels];
    private final int[] places = new int[best.length];
    private final int[] seen = new int[best.length];
    private final byte[] bytes = new byte[best.length];
    private final int[][] phases = new int[Math.min(stride, kernel)][];

    Task() {
      for (int q = 0; q < phases.length; q++) {
        phases[q] = new int[(pixels + (kernel - 1 - q) / stride) * channels];
      }
    }

    void row(int n, int p) {
      for (int q = 0; q < to.dim(2); q += pixels) {
        block(n, p, q);
      }
    }

    /** Output pixels from column {@code q} on. */
    private void block(int n, int p, int q) {
      Arrays.fill(best, NOTHING);
      Arrays.fill(places, 0);
      for (int r = 0; r < kernel; r++) {
        int h = p * stride - padding + r;
        if (h < 0 || h >= from.dim(1)) {
          continue;
        }
        for (int f = 0; f < phases.length; f++) {
          load((n * from.dim(1) + h) * from.dim(2), q * stride - padding + f, phases[f]);
        }
        for (int c = 0; c < kernel; c++) {
          // To the front of an array first: C2 vectorises no loop whose arrays are offset.
          System.arraycopy(phases[c % stride], c / stride * channels, seen, 0, seen.length);
          compare(best, places, seen, r * kernel + c);
        }
      }
      store(((n * to.dim(1) + p) * to.dim(2) + q) * channels, Math.min(pixels, to.dim(2) - q));
    }

    /** Keys of the pixels {@code column, column+stride, …} of the row that begins at pixel row. */
    private void load(int row, int column, int[] keys) {
      int count = keys.length / channels;
      int width = from.dim(2);
      int first = Math.min(count, column < 0 ? (-column + stride - 1) / stride : 0);
      int last = Math.max(first, Math.min(count, (width - column + stride - 1) / stride));
      if (stride == 1) {
        x.get((row + column + first) * channels, keys, first * channels, (last - first) * channels);
      } else {
        for (int i = first; i < last; i++) {
          x.get((row + column + i * stride) * channels, keys, i * channels, channels);
        }
      }
      mirror(keys);
      Arrays.fill(keys, 0, first * channels, NOTHING);
      Arrays.fill(keys, last * channels, keys.length, NOTHING);
    }

    private void store(int at, int count) {
      restore(best);
      y.put(at, best, 0, count * channels);
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) places[i];
      }
      winner.put(at, bytes, 0, count * channels);
    }
  }
}
