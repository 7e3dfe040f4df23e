package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearest;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearestBackward;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;

/**
 * Nearest-neighbour upsampling and its gradient. Both walk over the rows of the small image; row i
 * of it is shown in rows {@code first(i) … first(i+1)−1} of the large one, and so for columns.
 */
final class UpsampleJava {
  private final Shape small;
  private final Shape large;
  private final FloatBuffer smallData;
  private final FloatBuffer largeData;
  private final int channels;

  /** Pixels of the small image in a block, so that the block's large pixels fit the cache. */
  private final int pixels;

  private UpsampleJava(Shape small, Shape large, FloatBuffer smallData, FloatBuffer largeData) {
    this.small = small;
    this.large = large;
    this.smallData = smallData;
    this.largeData = largeData;
    this.channels = small.dim(3);
    this.pixels = Math.max(1, Slab.SIZE / Math.max(1, channels));
  }

  static void forward(Workers workers, KernelCall<UpsampleNearest> call) {
    Require.f32(call);
    Shape x = call.in(0).shape();
    Shape y = call.out(0).shape();
    UpsampleJava u = new UpsampleJava(x, y, call.in(0).floats(), call.out(0).floats());
    u.each(workers, u::spread);
  }

  static void backward(Workers workers, KernelCall<UpsampleNearestBackward> call) {
    Require.f32(call);
    Shape dx = call.out(0).shape();
    Shape dy = call.in(0).shape();
    UpsampleJava u = new UpsampleJava(dx, dy, call.out(0).floats(), call.in(0).floats());
    u.each(workers, u::gather);
  }

  /** The first index of the large side whose source {@code ⌊j·small/large⌋} is at least i. */
  private static int first(int i, int smallExtent, int largeExtent) {
    return (int) (((long) i * largeExtent + smallExtent - 1) / smallExtent);
  }

  private int firstRow(int i) {
    return first(i, small.dim(1), large.dim(1));
  }

  private int firstColumn(int i) {
    return first(i, small.dim(2), large.dim(2));
  }

  /** Works on the small pixels {@code from … to−1} of row {@code h} of image {@code n}. */
  @FunctionalInterface
  private interface Block {
    void run(int n, int h, int from, int to);
  }

  private void each(Workers workers, Block block) {
    if (small.size() == 0) {
      return;
    }
    int perRow = (int) (large.size() / Math.max(1, small.dim(0) * small.dim(1)));
    workers.ranges(
        small.dim(0) * small.dim(1),
        Math.max(1, Slab.TASK / Math.max(perRow, small.dim(2) * channels)),
        (first, last) -> {
          for (int r = first; r < last; r++) {
            for (int w = 0; w < small.dim(2); w += pixels) {
              int to = Math.min(small.dim(2), w + pixels);
              block.run(r / small.dim(1), r % small.dim(1), w, to);
            }
          }
        });
  }

  private int smallAt(int n, int h, int w) {
    return ((n * small.dim(1) + h) * small.dim(2) + w) * channels;
  }

  private int largeAt(int n, int h, int w) {
    return ((n * large.dim(1) + h) * large.dim(2) + w) * channels;
  }

  private void spread(int n, int h, int from, int to) {
    int start = firstColumn(from);
    float[] x = new float[(to - from) * channels];
    float[] y = new float[(firstColumn(to) - start) * channels];
    smallData.get(smallAt(n, h, from), x);
    for (int w = from; w < to; w++) {
      for (int q = firstColumn(w); q < firstColumn(w + 1); q++) {
        System.arraycopy(x, (w - from) * channels, y, (q - start) * channels, channels);
      }
    }
    for (int p = firstRow(h); p < firstRow(h + 1); p++) {
      largeData.put(largeAt(n, p, start), y);
    }
  }

  private void gather(int n, int h, int from, int to) {
    int start = firstColumn(from);
    float[] dx = new float[(to - from) * channels];
    float[] dy = new float[(firstColumn(to) - start) * channels];
    float[] row = new float[dy.length];
    for (int p = firstRow(h); p < firstRow(h + 1); p++) {
      largeData.get(largeAt(n, p, start), row);
      for (int i = 0; i < dy.length; i++) {
        dy[i] += row[i];
      }
    }
    for (int w = from; w < to; w++) {
      for (int q = firstColumn(w); q < firstColumn(w + 1); q++) {
        add(dx, (w - from) * channels, dy, (q - start) * channels);
      }
    }
    smallData.put(smallAt(n, h, from), dx);
  }

  private void add(float[] sum, int to, float[] terms, int from) {
    for (int c = 0; c < channels; c++) {
      sum[to + c] += terms[from + c];
    }
  }
}
