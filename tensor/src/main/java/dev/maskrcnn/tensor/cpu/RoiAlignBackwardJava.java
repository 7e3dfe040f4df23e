package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Gradient of RoIAlign. A task owns one row of one feature map and adds up, in the order of the
 * RoIs, what each RoI that touches the row puts there; so no two tasks write the same element and
 * the sum does not depend on the threads. The row is accumulated on the heap and written once.
 */
final class RoiAlignBackwardJava {
  private static final int ROW = 0;
  private static final int GRADIENT = 1;
  private static final int MIXED = 2;
  private static final int BINS = 3;

  private final Workers workers;
  private final ThreadArrays scratch = new ThreadArrays(4);

  RoiAlignBackwardJava(Workers workers) {
    this.workers = workers;
  }

  void run(KernelCall<RoiAlignBackward> call) {
    Require.f32(call);
    List<Shape> maps = call.op().features();
    RoiTaps.Source source = new RoiTaps.Source(call, 1, call.op().grid(), call.op().scales(), maps);
    RoiTaps[] taps = new RoiTaps[source.count()];
    AxisTaps.ByCoordinate[] y = new AxisTaps.ByCoordinate[taps.length];
    workers.ranges(
        taps.length,
        64,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            taps[r] = source.at(r);
            y[r] = taps[r] == null ? null : taps[r].y().byCoordinate();
          }
        });
    Rows rows = new Rows(maps, taps, y);
    FloatBuffer dy = call.in(0).floats();
    FloatBuffer[] dx = new FloatBuffer[maps.size()];
    for (int l = 0; l < dx.length; l++) {
      dx[l] = call.out(l).floats();
    }
    Shape pooled = call.in(0).shape();
    workers.each(rows.count(), row -> accumulate(rows, row, dy, pooled, dx));
  }

  private void accumulate(Rows rows, int row, FloatBuffer dy, Shape pooled, FloatBuffer[] dx) {
    int level = rows.level(row);
    int local = row - rows.first[level];
    Shape map = rows.maps.get(level);
    int channels = map.dim(3);
    float[][] sum = scratch.runs(ROW, map.dim(2), channels);
    for (int i = 0; i < map.dim(2); i++) {
      Arrays.fill(sum[i], 0, channels, 0f);
    }
    Lanes lanes = new Lanes(channels);
    int y = local % map.dim(1);
    for (int i = rows.start[row]; i < rows.start[row + 1]; i++) {
      int r = rows.roi[i];
      float[][] bins = mixRows(rows.y[r], y, dy, r, pooled);
      AxisTaps x = rows.taps[r].x();
      for (int b = 0; b < x.bins(); b++) {
        for (int k = x.binStart[b]; k < x.binStart[b + 1]; k++) {
          lanes.addScaled(sum[x.at[k]], bins[b], x.weight[k]);
        }
      }
    }
    int to = local * map.dim(2) * channels;
    for (int i = 0; i < map.dim(2); i++) {
      dx[level].put(to + i * channels, sum[i], 0, channels);
    }
  }

  /** The bin rows of RoI r that use feature row y, summed with their weights, bin by bin. */
  private float[][] mixRows(
      AxisTaps.ByCoordinate taps, int y, FloatBuffer dy, int r, Shape pooled) {
    int channels = pooled.dim(3);
    int stride = pooled.dim(2) * channels;
    Lanes lanes = new Lanes(stride);
    float[] gradient = scratch.floats(GRADIENT, stride);
    float[] mixed = scratch.floats(MIXED, stride);
    Arrays.fill(mixed, 0, stride, 0f);
    int end = taps.start()[y - taps.low() + 1];
    for (int k = taps.start()[y - taps.low()]; k < end; k++) {
      dy.get((r * pooled.dim(1) + taps.bin()[k]) * stride, gradient, 0, stride);
      lanes.addScaled(mixed, gradient, taps.weight()[k]);
    }
    float[][] bins = scratch.runs(BINS, pooled.dim(2), channels);
    for (int b = 0; b < pooled.dim(2); b++) {
      System.arraycopy(mixed, b * channels, bins[b], 0, channels);
    }
    return bins;
  }

  /** Which RoIs touch each row (image-major) of each level. */
  private static final class Rows {
    private final List<Shape> maps;
    private final RoiTaps[] taps;
    private final AxisTaps.ByCoordinate[] y;

    /** Flat number of the first row of each level, then the number of rows. */
    private final int[] first;

    /** RoIs of row i are {@code roi[start[i]] … roi[start[i+1]−1]}, ascending. */
    private final int[] start;

    private final int[] roi;

    Rows(List<Shape> maps, RoiTaps[] taps, AxisTaps.ByCoordinate[] y) {
      this.maps = maps;
      this.taps = taps;
      this.y = y;
      this.first = new int[maps.size() + 1];
      for (int l = 0; l < maps.size(); l++) {
        first[l + 1] = first[l] + maps.get(l).dim(0) * maps.get(l).dim(1);
      }
      this.start = new int[count() + 1];
      visit((r, row) -> start[row + 1]++);
      for (int i = 1; i < start.length; i++) {
        start[i] += start[i - 1];
      }
      this.roi = new int[start[count()]];
      int[] next = start.clone();
      visit((r, row) -> roi[next[row]++] = r);
    }

    int count() {
      return first[maps.size()];
    }

    int level(int row) {
      int l = 0;
      while (first[l + 1] <= row) {
        l++;
      }
      return l;
    }

    private interface Visitor {
      void at(int r, int row);
    }

    private void visit(Visitor visitor) {
      for (int r = 0; r < taps.length; r++) {
        if (taps[r] == null) {
          continue;
        }
        int level = taps[r].level();
        int base = first[level] + taps[r].image() * maps.get(level).dim(1) + y[r].low();
        for (int i = 0; i < y[r].span(); i++) {
          if (y[r].start()[i] < y[r].start()[i + 1]) {
            visitor.at(r, base + i);
          }
        }
      }
    }
  }
}
