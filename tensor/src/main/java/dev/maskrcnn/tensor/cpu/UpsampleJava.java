package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Pooling.UpsampleNearest;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearestBackward;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.function.Supplier;

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
    this.pixels = Math.max(1, Elementwise.BLOCK / Math.max(1, channels));
  }

  static void forward(Workers workers, KernelCall<UpsampleNearest> call) {
    Require.f32(call);
    Shape x = call.in(0).shape();
    Shape y = call.out(0).shape();
    UpsampleJava u = new UpsampleJava(x, y, call.in(0).floats(), call.out(0).floats());
    u.each(workers, () -> u.new Spread());
  }

  static void backward(Workers workers, KernelCall<UpsampleNearestBackward> call) {
    Require.f32(call);
    Shape dx = call.out(0).shape();
    Shape dy = call.in(0).shape();
    UpsampleJava u = new UpsampleJava(dx, dy, call.out(0).floats(), call.in(0).floats());
    u.each(workers, () -> u.new Gather());
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

  private void each(Workers workers, Supplier<Block> task) {
    if (small.size() == 0) {
      return;
    }
    int rows = small.dim(0) * small.dim(1);
    int perRow = (int) Math.max(large.size() / rows, small.dim(2) * channels);
    workers.ranges(
        rows,
        Math.max(1, Slab.TASK / perRow),
        (first, last) -> {
          Block block = task.get();
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

  /** Large pixels that a block of small ones can have. */
  private int most() {
    return Math.min(large.dim(2), (int) ((long) (pixels + 1) * large.dim(2) / small.dim(2)) + 1);
  }

  /** Forward; scratch of one thread. */
  private final class Spread implements Block {
    private final float[] x = new float[pixels * channels];
    private final float[] y = new float[most() * channels];

    @Override
    public void run(int n, int h, int from, int to) {
      int start = firstColumn(from);
      int length = (firstColumn(to) - start) * channels;
      smallData.get(smallAt(n, h, from), x, 0, (to - from) * channels);
      for (int w = from, q = start; w < to; w++) {
        for (int next = firstColumn(w + 1); q < next; q++) {
          System.arraycopy(x, (w - from) * channels, y, (q - start) * channels, channels);
        }
      }
      for (int p = firstRow(h); p < firstRow(h + 1); p++) {
        largeData.put(largeAt(n, p, start), y, 0, length);
      }
    }
  }

  /**
   * Backward; scratch of one thread. Adds up large rows, then the first, second, … large pixel of
   * each small one, moved into place before: C2 vectorises no loop whose arrays are offset.
   */
  private final class Gather implements Block {
    private final float[] dx = new float[pixels * channels];
    private final float[] term = new float[dx.length];
    private final float[] dy = new float[most() * channels];
    private final float[] row = new float[dy.length];

    @Override
    public void run(int n, int h, int from, int to) {
      int start = firstColumn(from);
      int length = (firstColumn(to) - start) * channels;
      int first = firstRow(h);
      int last = firstRow(h + 1);
      if (first < last) {
        largeData.get(largeAt(n, first, start), dy, 0, length);
      } else {
        Arrays.fill(dy, 0f);
      }
      for (int p = first + 1; p < last; p++) {
        largeData.get(largeAt(n, p, start), row, 0, length);
        add(dy, row);
      }
      pick(from, to, 0, dx);
      for (int k = 1; pick(from, to, k, term); k++) {
        add(dx, term);
      }
      smallData.put(smallAt(n, h, from), dx, 0, (to - from) * channels);
    }

    /** Gathers the k-th large pixel of each small one; false if none has so many. */
    private boolean pick(int from, int to, int k, float[] picked) {
      int start = firstColumn(from);
      boolean any = false;
      for (int w = from, first = start; w < to; w++) {
        int next = firstColumn(w + 1);
        int at = (w - from) * channels;
        if (first + k < next) {
          System.arraycopy(dy, (first + k - start) * channels, picked, at, channels);
          any = true;
        } else {
          Arrays.fill(picked, at, at + channels, 0f);
        }
        first = next;
      }
      return any;
    }
  }

  private static void add(float[] sum, float[] terms) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += terms[i];
    }
  }
}
