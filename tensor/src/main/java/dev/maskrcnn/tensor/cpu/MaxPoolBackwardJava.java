package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Pooling.MaxPool2dBackward;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * Gradient of max pooling. A task owns rows of dx and visits the rows of dy whose windows reach
 * them, always in the same order: no two tasks write to one place and sums do not depend on the
 * scheduling.
 */
final class MaxPoolBackwardJava {
  private final MaxPool2dBackward op;
  private final Shape large;
  private final Shape small;
  private final IntBuffer dy;
  private final ByteBuffer winner;
  private final FloatBuffer dx;

  MaxPoolBackwardJava(KernelCall<MaxPool2dBackward> call) {
    Require.f32(call);
    this.op = call.op();
    this.small = call.in(0).shape();
    this.large = call.out(0).shape();
    this.dy = call.in(0).ints();
    this.winner = call.in(1).memory().host();
    this.dx = call.out(0).floats();
  }

  void run(Workers workers) {
    if (large.size() == 0) {
      return;
    }
    int height = large.dim(1);
    workers.ranges(
        large.dim(0) * height,
        Math.max(1, Slab.TASK / (large.dim(2) * large.dim(3))),
        (first, last) -> {
          Task task = new Task();
          for (int r = first; r < last; r++) {
            task.row(r / height, r % height);
          }
        });
  }

  /** Scratch of one thread. */
  private final class Task {
    private final int channels = large.dim(3);
    private final float[] sum = new float[large.dim(2) * channels];
    private final int[] gradient = new int[small.dim(2) * channels];
    private final byte[] places = new byte[gradient.length];
    private final int[] offset = new int[256];
    private final int[] mask = new int[256];

    void row(int n, int h) {
      Arrays.fill(sum, 0f);
      int reach = h + op.padding() - op.kernel() + 1;
      int first = reach <= 0 ? 0 : (reach + op.stride() - 1) / op.stride();
      int last = Math.min(small.dim(1) - 1, (h + op.padding()) / op.stride());
      for (int p = first; p <= last; p++) {
        int at = (n * small.dim(1) + p) * gradient.length;
        dy.get(at, gradient);
        winner.get(at, places);
        aim(h + op.padding() - p * op.stride());
        scatter();
      }
      dx.put((n * large.dim(1) + h) * sum.length, sum);
    }

    /** For each winner: its offset from the window's corner, and whether it lies in this row. */
    private void aim(int windowRow) {
      for (int k = 0; k < op.kernel() * op.kernel(); k++) {
        offset[k] = k % op.kernel() * channels;
        mask[k] = k / op.kernel() == windowRow ? -1 : 0;
      }
    }

    /** Without branches, as where the winner lies cannot be predicted: others add a zero. */
    private void scatter() {
      float[] to = sum;
      for (int q = 0; q < small.dim(2); q++) {
        int corner = (q * op.stride() - op.padding()) * channels;
        int at = q * channels;
        for (int c = 0; c < channels; c++) {
          int place = places[at + c] & 0xff;
          float term = Float.intBitsToFloat(gradient[at + c] & mask[place]);
          to[corner + c + offset[place]] += term;
        }
      }
    }
  }
}
