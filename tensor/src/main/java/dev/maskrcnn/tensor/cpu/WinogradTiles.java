package dev.maskrcnn.tensor.cpu;

import static dev.maskrcnn.tensor.cpu.Winograd.IN;
import static dev.maskrcnn.tensor.cpu.Winograd.OUT;
import static dev.maskrcnn.tensor.cpu.Winograd.PLANES;

import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.host.HostMemory;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Moves tiles between NHWC images and the planes of {@link Winograd}. Planes lie as {@code
 * [tile][plane][channel]}. Channels are worked on in blocks that keep a tile's 36 lines in the
 * first-level cache.
 */
final class WinogradTiles {
  /** Channels per block: 36 lines of 64 floats are 9 KiB. */
  private static final int BLOCK = 64;

  private static final int TILES_PER_TASK = 12;

  private final Workers workers;

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
  record Epilogue(Tensor bias, Tensor residual, boolean relu) {
    static final Epilogue NONE = new Epilogue(null, null, false);
  }

  /** Position of a tile in its batch. */
  private record Place(int image, int y, int x) {
    static Place of(int tile, Shape s) {
      int wide = across(s.dim(2));
      int high = across(s.dim(1));
      return new Place(tile / (wide * high), tile / wide % high * OUT, tile % wide * OUT);
    }
  }

  /** Scratch of one task. */
  private static final class Lines {
    final float[] a = new float[PLANES * BLOCK];
    final float[] b = new float[PLANES * BLOCK];
    final float[] c = new float[PLANES * BLOCK];
  }

  private interface TileBody {
    void run(int index, Place place, Lines lines);
  }

  private void each(Span span, Shape s, TileBody body) {
    workers.ranges(
        span.count(),
        TILES_PER_TASK,
        (from, to) -> {
          Lines lines = new Lines();
          for (int i = from; i < to; i++) {
            body.run(i, Place.of(span.first() + i, s), lines);
          }
        });
  }

  /** V = Bᵀ d B for each tile; pixels outside of the image are zero. */
  void input(Tensor x, Span span, HostMemory v) {
    Shape s = x.shape();
    FloatBuffer from = x.floats();
    FloatBuffer to = v.host().asFloatBuffer();
    int channels = s.dim(3);
    each(
        span,
        s,
        (index, place, lines) -> {
          for (int c = 0; c < channels; c += BLOCK) {
            int n = Math.min(BLOCK, channels - c);
            load(from, s, new int[] {place.image(), place.y() - 1, place.x() - 1, c, n}, IN, lines);
            for (int k = 0; k < IN; k++) {
              int column = k * BLOCK;
              WinogradTransforms.input(lines.a, column, IN * BLOCK, lines.b, column, IN * BLOCK, n);
            }
            for (int k = 0; k < IN; k++) {
              int row = k * IN * BLOCK;
              WinogradTransforms.input(lines.b, row, BLOCK, lines.a, row, BLOCK, n);
            }
            store(lines.a, to, index * PLANES * channels + c, channels, n);
          }
        });
    blank(to, span, channels);
  }

  /** dM = A dy Aᵀ for each tile. */
  void outputAdjoint(Tensor dy, Span span, HostMemory g) {
    Shape s = dy.shape();
    FloatBuffer from = dy.floats();
    FloatBuffer to = g.host().asFloatBuffer();
    int channels = s.dim(3);
    each(
        span,
        s,
        (index, place, lines) -> {
          for (int c = 0; c < channels; c += BLOCK) {
            int n = Math.min(BLOCK, channels - c);
            load(from, s, new int[] {place.image(), place.y(), place.x(), c, n}, OUT, lines);
            for (int k = 0; k < OUT; k++) {
              int column = k * BLOCK;
              WinogradTransforms.outputAdjoint(
                  lines.a, column, OUT * BLOCK, lines.b, column, OUT * BLOCK, n);
            }
            for (int k = 0; k < IN; k++) {
              WinogradTransforms.outputAdjoint(
                  lines.b, k * OUT * BLOCK, BLOCK, lines.a, k * IN * BLOCK, BLOCK, n);
            }
            store(lines.a, to, index * PLANES * channels + c, channels, n);
          }
        });
    blank(to, span, channels);
  }

  /** Loads a window of {@code side}×{@code side} pixels; {@code at} = image, y, x, channel, n. */
  private static void load(FloatBuffer from, Shape s, int[] at, int side, Lines lines) {
    int height = s.dim(1);
    int width = s.dim(2);
    int channels = s.dim(3);
    for (int i = 0; i < side; i++) {
      int y = at[1] + i;
      for (int j = 0; j < side; j++) {
        int x = at[2] + j;
        int line = (i * side + j) * BLOCK;
        if (y >= 0 && y < height && x >= 0 && x < width) {
          int pixel = ((at[0] * height + y) * width + x) * channels;
          from.get(pixel + at[3], lines.a, line, at[4]);
        } else {
          Arrays.fill(lines.a, line, line + at[4], 0f);
        }
      }
    }
  }

  private static void store(float[] planes, FloatBuffer to, int at, int channels, int n) {
    for (int p = 0; p < PLANES; p++) {
      to.put(at + p * channels, planes, p * BLOCK, n);
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
  void output(HostMemory m, Span span, Epilogue epilogue, Tensor y) {
    Shape s = y.shape();
    FloatBuffer from = m.host().asFloatBuffer();
    FloatBuffer to = y.floats();
    FloatBuffer residual = epilogue.residual() == null ? null : epilogue.residual().floats();
    float[] bias = epilogue.bias() == null ? null : epilogue.bias().toFloats();
    int channels = s.dim(3);
    each(
        span,
        s,
        (index, place, lines) -> {
          for (int c = 0; c < channels; c += BLOCK) {
            int n = Math.min(BLOCK, channels - c);
            for (int p = 0; p < PLANES; p++) {
              from.get((index * PLANES + p) * channels + c, lines.a, p * BLOCK, n);
            }
            for (int k = 0; k < IN; k++) {
              int column = k * BLOCK;
              WinogradTransforms.output(
                  lines.a, column, IN * BLOCK, lines.b, column, IN * BLOCK, n);
            }
            for (int k = 0; k < OUT; k++) {
              WinogradTransforms.output(
                  lines.b, k * IN * BLOCK, BLOCK, lines.a, k * OUT * BLOCK, BLOCK, n);
            }
            finish(lines, bias, c, n, epilogue.relu() && residual == null);
            write(lines, to, residual, s, place, c, n, epilogue.relu());
          }
        });
  }

  private static void finish(Lines lines, float[] bias, int c, int n, boolean relu) {
    for (int p = 0; p < OUT * OUT; p++) {
      int line = p * BLOCK;
      if (bias != null) {
        for (int i = 0; i < n; i++) {
          lines.a[line + i] += bias[c + i];
        }
      }
      if (relu) {
        for (int i = 0; i < n; i++) {
          lines.a[line + i] = Math.max(lines.a[line + i], 0f);
        }
      }
    }
  }

  private static void write(
      Lines lines,
      FloatBuffer to,
      FloatBuffer residual,
      Shape s,
      Place place,
      int c,
      int n,
      boolean relu) {
    int rows = Math.min(OUT, s.dim(1) - place.y());
    int columns = Math.min(OUT, s.dim(2) - place.x());
    for (int i = 0; i < rows; i++) {
      int pixel = (place.image() * s.dim(1) + place.y() + i) * s.dim(2) + place.x();
      for (int j = 0; j < columns; j++) {
        int line = (i * OUT + j) * BLOCK;
        int at = (pixel + j) * s.dim(3) + c;
        if (residual != null) {
          residual.get(at, lines.c, 0, n);
          for (int k = 0; k < n; k++) {
            float sum = lines.a[line + k] + lines.c[k];
            lines.a[line + k] = relu ? Math.max(sum, 0f) : sum;
          }
        }
        to.put(at, lines.a, line, n);
      }
    }
  }

  /**
   * U = G w Gᵀ as {@code [plane][O][C]} from w {@code [O,3,3,C]}; for the adjoint with the kernel
   * turned by 180°.
   */
  void weights(Tensor w, boolean turned, HostMemory u) {
    int outer = w.shape().dim(0);
    int channels = w.shape().dim(3);
    FloatBuffer from = w.floats();
    FloatBuffer to = u.host().asFloatBuffer();
    workers.ranges(
        outer,
        8,
        (first, last) -> {
          Lines lines = new Lines();
          for (int o = first; o < last; o++) {
            for (int c = 0; c < channels; c += BLOCK) {
              int n = Math.min(BLOCK, channels - c);
              for (int p = 0; p < 9; p++) {
                from.get((o * 9 + (turned ? 8 - p : p)) * channels + c, lines.a, p * BLOCK, n);
              }
              for (int k = 0; k < 3; k++) {
                int column = k * BLOCK;
                WinogradTransforms.weights(
                    lines.a, column, 3 * BLOCK, lines.b, column, 3 * BLOCK, n);
              }
              for (int k = 0; k < IN; k++) {
                WinogradTransforms.weights(
                    lines.b, k * 3 * BLOCK, BLOCK, lines.a, k * IN * BLOCK, BLOCK, n);
              }
              for (int p = 0; p < PLANES; p++) {
                to.put((p * outer + o) * channels + c, lines.a, p * BLOCK, n);
              }
            }
          }
        });
  }

  /** dw = Gᵀ dU G with dU {@code [plane][O][C]}. */
  void weightsAdjoint(HostMemory du, Tensor dw) {
    int outer = dw.shape().dim(0);
    int channels = dw.shape().dim(3);
    FloatBuffer from = du.host().asFloatBuffer();
    FloatBuffer to = dw.floats();
    workers.ranges(
        outer,
        8,
        (first, last) -> {
          Lines lines = new Lines();
          for (int o = first; o < last; o++) {
            for (int c = 0; c < channels; c += BLOCK) {
              int n = Math.min(BLOCK, channels - c);
              for (int p = 0; p < PLANES; p++) {
                from.get((p * outer + o) * channels + c, lines.a, p * BLOCK, n);
              }
              for (int k = 0; k < IN; k++) {
                int column = k * BLOCK;
                WinogradTransforms.weightsAdjoint(
                    lines.a, column, IN * BLOCK, lines.b, column, IN * BLOCK, n);
              }
              for (int k = 0; k < 3; k++) {
                WinogradTransforms.weightsAdjoint(
                    lines.b, k * IN * BLOCK, BLOCK, lines.a, k * 3 * BLOCK, BLOCK, n);
              }
              for (int p = 0; p < 9; p++) {
                to.put((o * 9 + p) * channels + c, lines.a, p * BLOCK, n);
              }
            }
          }
        });
  }
}
