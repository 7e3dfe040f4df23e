package dev.maskrcnn.tensor.cpu;

import static dev.maskrcnn.tensor.cpu.Winograd.IN;
import static dev.maskrcnn.tensor.cpu.Winograd.OUT;
import static dev.maskrcnn.tensor.cpu.Winograd.PLANES;

import dev.maskrcnn.tensor.cpu.WinogradTransforms.Lines;
import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DenseArray;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Moves tiles between NHWC images and the planes of {@link Winograd}. Planes lie as {@code
 * [tile][plane][channel]}. A few tiles are worked on together, each plane of them being one line of
 * about {@link #LINE} floats: long enough for vector loops, short enough for the caches.
 */
final class WinogradTiles {
  /** Floats per line: tiles of a group times channels, unless the channels alone are more. */
  private static final int LINE = 512;

  private static final int GROUPS_PER_TASK = 6;

  private final Workers workers;
  private final ConcurrentLinkedQueue<Scratch> idle = new ConcurrentLinkedQueue<>();

  WinogradTiles(Workers workers) {
    this.workers = workers;
  }

  /** Tiles of a batch {@code [N,H,W,C]}. */
  static int count(Shape x) {
    return x.dim(0) * across(x.dim(1)) * across(x.dim(2));
  }

  private static int across(int pixels) {
    return (pixels + OUT - 1) / OUT;
  }

  /** Tiles {@code first … first+count−1} of a batch, in a chunk buffer for {@code capacity}. */
  record Span(int first, int count, int capacity) {}

  /** What is added and applied when outputs are written; operands may be null. */
  record Epilogue(DenseArray bias, DenseArray residual, boolean relu) {
    static final Epilogue NONE = new Epilogue(null, null, false);
  }

  /** Lines of one task; kept for the next one of the same length. */
  private static final class Scratch {
    final int length;
    final float[][] a;
    final float[][] b;
    final float[] c;

    Scratch(int length) {
      this.length = length;
      this.a = new float[PLANES][length];
      this.b = new float[PLANES][length];
      this.c = new float[length];
    }
  }

  private Scratch take(int length) {
    Scratch s = idle.poll();
    return s != null && s.length >= length ? s : new Scratch(length);
  }

  /** Tiles {@code from … from+count−1} of a span, as one group. */
  private interface GroupBody {
    void run(int from, int count, Scratch scratch);
  }

  private void each(Span span, int channels, GroupBody body) {
    int group = Math.max(1, LINE / channels);
    workers.ranges(
        span.count(),
        group * GROUPS_PER_TASK,
        (from, to) -> {
          Scratch scratch = take(group * channels);
          for (int i = from; i < to; i += group) {
            body.run(i, Math.min(group, to - i), scratch);
          }
          idle.add(scratch);
        });
  }

  /** Applies a transform along the rows of a square of lines and then along its columns. */
  private interface Transform {
    void apply(Lines lines, int n);
  }

  /** From a {@code in×in} square in a, by way of b, to an {@code out×out} square in a. */
  private static void square(Scratch s, int in, int out, Transform transform, int n) {
    for (int k = 0; k < in; k++) {
      transform.apply(new Lines(s.a, k, in, s.b, k, in), n);
    }
    for (int k = 0; k < out; k++) {
      transform.apply(new Lines(s.b, k * in, 1, s.a, k * out, 1), n);
    }
  }

  /** V = Bᵀ d B for each tile; pixels outside of the image are zero. */
  void input(DenseArray x, Span span, HostMemory v) {
    transform(x, span, v, -1, IN, WinogradTransforms::input);
  }

  /** dM = A dy Aᵀ for each tile. */
  void outputAdjoint(DenseArray dy, Span span, HostMemory g) {
    transform(dy, span, g, 0, OUT, WinogradTransforms::outputAdjoint);
  }

  private void transform(
      DenseArray x, Span span, HostMemory planes, int shift, int side, Transform transform) {
    Shape s = x.shape();
    FloatBuffer from = x.floats();
    FloatBuffer to = planes.host().asFloatBuffer();
    int channels = s.dim(3);
    each(
        span,
        channels,
        (first, count, scratch) -> {
          for (int t = 0; t < count; t++) {
            load(from, s, span.first() + first + t, shift, side, scratch.a, t * channels);
          }
          square(scratch, side, IN, transform, count * channels);
          for (int t = 0; t < count; t++) {
            int at = (first + t) * PLANES * channels;
            for (int p = 0; p < PLANES; p++) {
              to.put(at + p * channels, scratch.a[p], t * channels, channels);
            }
          }
        });
    blank(to, span, channels);
  }

  /** Loads a window of {@code side×side} pixels that begins {@code shift} before the tile. */
  private static void load(
      FloatBuffer from, Shape s, int tile, int shift, int side, float[][] lines, int at) {
    int height = s.dim(1);
    int width = s.dim(2);
    int channels = s.dim(3);
    int wide = across(width);
    int high = across(height);
    int image = tile / (wide * high);
    int top = tile / wide % high * OUT + shift;
    int left = tile % wide * OUT + shift;
    for (int i = 0; i < side; i++) {
      int y = top + i;
      for (int j = 0; j < side; j++) {
        int x = left + j;
        float[] line = lines[i * side + j];
        if (y >= 0 && y < height && x >= 0 && x < width) {
          from.get(((image * height + y) * width + x) * channels, line, at, channels);
        } else {
          Arrays.fill(line, at, at + channels, 0f);
        }
      }
    }
  }

  /** Zeros the unused rest of a chunk, so that the products of a full chunk are defined. */
  private static void blank(FloatBuffer to, Span span, int channels) {
    int size = PLANES * channels;
    float[] zeros = new float[size];
    for (int i = span.count(); i < span.capacity(); i++) {
      to.put(i * size, zeros, 0, size);
    }
  }

  /** y = relu?(Aᵀ M A + bias + residual) for each tile, cut at the image's edge. */
  void output(HostMemory m, Span span, Epilogue epilogue, DenseArray y) {
    Shape s = y.shape();
    FloatBuffer from = m.host().asFloatBuffer();
    int channels = s.dim(3);
    int group = Math.max(1, LINE / channels);
    float[] bias = epilogue.bias() == null ? null : repeat(HostRows.floats(epilogue.bias()), group);
    each(
        span,
        channels,
        (first, count, scratch) -> {
          for (int t = 0; t < count; t++) {
            int at = (first + t) * PLANES * channels;
            for (int p = 0; p < PLANES; p++) {
              from.get(at + p * channels, scratch.a[p], t * channels, channels);
            }
          }
          int n = count * channels;
          for (int k = 0; k < IN; k++) {
            WinogradTransforms.output(new Lines(scratch.a, k, IN, scratch.b, k, IN), n);
          }
          for (int k = 0; k < OUT; k++) {
            Lines rows = new Lines(scratch.b, k * IN, 1, scratch.a, k * OUT, 1);
            WinogradTransforms.output(rows, n);
          }
          finish(scratch, bias, n, epilogue.relu() && epilogue.residual() == null);
          for (int t = 0; t < count; t++) {
            write(scratch, t * channels, y, epilogue, span.first() + first + t);
          }
        });
  }

  private static float[] repeat(float[] values, int times) {
    float[] all = new float[values.length * times];
    for (int t = 0; t < times; t++) {
      System.arraycopy(values, 0, all, t * values.length, values.length);
    }
    return all;
  }

  private static void finish(Scratch scratch, float[] bias, int n, boolean relu) {
    for (int p = 0; p < OUT * OUT; p++) {
      float[] line = scratch.a[p];
      if (bias != null) {
        for (int i = 0; i < n; i++) {
          line[i] += bias[i];
        }
      }
      if (relu) {
        rectify(line, n);
      }
    }
  }

  /** ReLU as (x + |x|) / 2, which is exact and which C2 vectorises, unlike the maximum. */
  private static void rectify(float[] line, int n) {
    for (int i = 0; i < n; i++) {
      line[i] = 0.5f * (line[i] + Math.abs(line[i]));
    }
  }

  private static void write(Scratch scratch, int at, DenseArray y, Epilogue epilogue, int tile) {
    Shape s = y.shape();
    FloatBuffer to = y.floats();
    int channels = s.dim(3);
    int wide = across(s.dim(2));
    int high = across(s.dim(1));
    int image = tile / (wide * high);
    int top = tile / wide % high * OUT;
    int left = tile % wide * OUT;
    int rows = Math.min(OUT, s.dim(1) - top);
    int columns = Math.min(OUT, s.dim(2) - left);
    for (int i = 0; i < rows; i++) {
      int pixel = (image * s.dim(1) + top + i) * s.dim(2) + left;
      for (int j = 0; j < columns; j++) {
        float[] line = scratch.a[i * OUT + j];
        int target = (pixel + j) * channels;
        if (epilogue.residual() == null) {
          to.put(target, line, at, channels);
        } else {
          addResidual(scratch, line, at, epilogue, target, channels);
          to.put(target, scratch.c, 0, channels);
        }
      }
    }
  }

  private static void addResidual(
      Scratch scratch, float[] line, int at, Epilogue epilogue, int target, int channels) {
    float[] sum = scratch.c;
    epilogue.residual().floats().get(target, sum, 0, channels);
    float[] own = at == 0 ? line : Arrays.copyOfRange(line, at, at + channels);
    for (int i = 0; i < channels; i++) {
      sum[i] += own[i];
    }
    if (epilogue.relu()) {
      rectify(sum, channels);
    }
  }

  /**
   * U = G w Gᵀ as {@code [plane][O][C]} from w {@code [O,3,3,C]}; for the adjoint with the kernel
   * turned by 180°.
   */
  void weights(DenseArray w, boolean turned, HostMemory u) {
    int outer = w.shape().dim(0);
    int channels = w.shape().dim(3);
    FloatBuffer from = w.floats();
    FloatBuffer to = u.host().asFloatBuffer();
    Span span = new Span(0, outer, outer);
    each(
        span,
        channels,
        (first, count, scratch) -> {
          for (int t = 0; t < count; t++) {
            for (int p = 0; p < 9; p++) {
              int at = ((first + t) * 9 + (turned ? 8 - p : p)) * channels;
              from.get(at, scratch.a[p], t * channels, channels);
            }
          }
          square(scratch, 3, IN, WinogradTransforms::weights, count * channels);
          for (int p = 0; p < PLANES; p++) {
            to.put((p * outer + first) * channels, scratch.a[p], 0, count * channels);
          }
        });
  }

  /** dw = Gᵀ dU G with dU {@code [plane][O][C]}. */
  void weightsAdjoint(HostMemory du, DenseArray dw) {
    int outer = dw.shape().dim(0);
    int channels = dw.shape().dim(3);
    FloatBuffer from = du.host().asFloatBuffer();
    FloatBuffer to = dw.floats();
    Span span = new Span(0, outer, outer);
    each(
        span,
        channels,
        (first, count, scratch) -> {
          int n = count * channels;
          for (int p = 0; p < PLANES; p++) {
            from.get((p * outer + first) * channels, scratch.a[p], 0, n);
          }
          square(scratch, IN, 3, WinogradTransforms::weightsAdjoint, n);
          for (int t = 0; t < count; t++) {
            for (int p = 0; p < 9; p++) {
              to.put(((first + t) * 9 + p) * channels, scratch.a[p], t * channels, channels);
            }
          }
        });
  }
}
