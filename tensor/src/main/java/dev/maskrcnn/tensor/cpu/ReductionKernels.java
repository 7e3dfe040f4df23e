package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.LinearAlgebra.RowDots;
import dev.maskrcnn.tensor.op.LinearAlgebra.Sum;
import dev.maskrcnn.tensor.op.LinearAlgebra.SumRows;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Sums. Blocks of fixed size are added up in float, at most {@link #DEPTH} terms deep, and these
 * sums in double, in the order of the blocks: accurate to about 1e-7 of the sum of magnitudes, and
 * the same whatever the number of threads.
 */
final class ReductionKernels {
  /** Tiles that are added up in float before the sum goes to double. */
  private static final int DEPTH = 32;

  private ReductionKernels() {}

  static void register(KernelTable table, Workers workers) {
    table.put(SumRows.class, c -> sums(workers, c, c.in(0).shape().dim(-1)));
    table.put(Sum.class, c -> sums(workers, c, 1));
    table.put(RowDots.class, c -> rowDots(workers, c));
  }

  /** Sums over the rows of the input seen as {@code [rows,channels]}. */
  private static void sums(Workers workers, KernelCall<?> call, int channels) {
    Require.f32(call);
    sums(workers, call.in(0), channels, call.out(0));
  }

  /** The same for kernels that need a bias gradient beside their own result. */
  static void sums(Workers workers, DenseArray x, int channels, DenseArray out) {
    double[] total = new double[channels];
    if (x.shape().size() > 0) {
      Tile tile = Tile.of(channels);
      int rows = Elementwise.size(x) / channels;
      int grain = tile.rows() * Math.max(1, Slab.TASK / tile.size());
      double[][] parts = new double[(rows + grain - 1) / grain][channels];
      FloatBuffer from = x.floats();
      workers.ranges(
          rows, grain, (first, last) -> sumRows(from, tile, first, last, parts[first / grain]));
      for (double[] part : parts) {
        for (int c = 0; c < channels; c++) {
          total[c] += part[c];
        }
      }
    }
    FloatBuffer y = out.floats();
    for (int c = 0; c < channels; c++) {
      y.put(c, (float) total[c]);
    }
  }

  private static void sumRows(FloatBuffer from, Tile tile, int first, int last, double[] sums) {
    float[] x = new float[tile.size()];
    float[] sum = new float[x.length];
    int depth = 0;
    int end = last * tile.channels();
    for (int i = first * tile.channels(); i < end; i += x.length) {
      int n = Math.min(x.length, end - i);
      from.get(i, x, 0, n);
      Arrays.fill(x, n, x.length, 0f);
      for (int k = 0; k < sum.length; k++) {
        sum[k] += x[k];
      }
      if (++depth == DEPTH || i + x.length >= end) {
        tile.fold(sum, x, sums, 0);
        Arrays.fill(sum, 0f);
        depth = 0;
      }
    }
  }

  private static void rowDots(Workers workers, KernelCall<RowDots> call) {
    Require.f32(call);
    FloatBuffer a = call.in(0).floats();
    FloatBuffer b = call.in(1).floats();
    FloatBuffer y = call.out(0).floats();
    int rows = call.out(0).shape().dim(0);
    int width = rows == 0 ? 0 : Elementwise.size(call.in(0)) / rows;
    workers.ranges(
        rows,
        Math.max(1, Slab.TASK / Math.max(1, width)),
        (first, last) -> {
          float[] left = new float[Math.min(Slab.SIZE, width)];
          float[] right = new float[left.length];
          for (int r = first; r < last; r++) {
            double sum = 0;
            for (int i = 0; i < width; i += left.length) {
              int n = Math.min(left.length, width - i);
              a.get(r * width + i, left, 0, n);
              b.get(r * width + i, right, 0, n);
              sum += dot(left, right, n);
            }
            y.put(r, (float) sum);
          }
        });
  }

  /** Four running sums, so that additions need not wait for each other. */
  private static double dot(float[] a, float[] b, int n) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i + 4 <= n; i += 4) {
      s0 += (double) a[i] * b[i];
      s1 += (double) a[i + 1] * b[i + 1];
      s2 += (double) a[i + 2] * b[i + 2];
      s3 += (double) a[i + 3] * b[i + 3];
    }
    for (; i < n; i++) {
      s0 += (double) a[i] * b[i];
    }
    return (s0 + s1) + (s2 + s3);
  }
}
