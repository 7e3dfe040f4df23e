package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPool;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPoolBackward;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * RoIPool and its gradient. A task of the forward pass is a RoI; one of the gradient is a block of
 * channels, for which it goes through all RoIs in order: so no two tasks write the same element and
 * sums do not depend on the threads.
 */
final class RoiPoolJava {
  private static final int ROW = 0;
  private static final int BEST = 1;

  /** Channels of a task of the gradient: one cache line. */
  private static final int BLOCK = 16;

  private final Workers workers;
  private final ThreadArrays scratch = new ThreadArrays(2);

  RoiPoolJava(Workers workers) {
    this.workers = workers;
  }

  /** One axis of a RoI in pixels of the map. */
  private record Extent(int start, float bin, int limit) {
    static Extent of(float from, float to, int bins, int limit) {
      int start = awayFromZero(from);
      int size = Math.max(awayFromZero(to) - start + 1, 1);
      return new Extent(start, (float) size / bins, limit);
    }

    int first(int p) {
      return inside((int) Math.floor(p * bin));
    }

    /** Behind the last pixel. */
    int end(int p) {
      return inside((int) Math.ceil((p + 1) * bin));
    }

    private int inside(int at) {
      return Math.min(Math.max(at + start, 0), limit);
    }

    /** Math.round takes halves up; sums with 0.5 are exact in double. */
    private static int awayFromZero(float v) {
      return (int) Math.copySign(Math.floor(Math.abs((double) v) + 0.5), v);
    }
  }

  void pool(KernelCall<RoiPool> call) {
    Require.f32(call);
    float[] rois = HostRows.floats(call.in(0));
    workers.each(rois.length / 5, r -> pool(call, rois, r));
  }

  private void pool(KernelCall<RoiPool> call, float[] rois, int r) {
    RoiPool op = call.op();
    Shape map = call.in(1).shape();
    int image = (int) rois[5 * r];
    if (image >= 0) {
      HostRows.index(call, 0, 5 * r, image, map.dim(0));
    }
    float scale = (float) op.scale();
    float left = rois[5 * r + 1] * scale;
    float top = rois[5 * r + 2] * scale;
    Extent x = Extent.of(left, rois[5 * r + 3] * scale, op.width(), map.dim(2));
    Extent y = Extent.of(top, rois[5 * r + 4] * scale, op.height(), map.dim(1));
    int channels = map.dim(3);
    FloatBuffer pooled = call.out(0).floats();
    IntBuffer winners = call.out(1).ints();
    float[] best = scratch.floats(BEST, channels);
    int[] winner = new int[channels];
    for (int bin = 0; bin < op.height() * op.width(); bin++) {
      Arrays.fill(best, 0, channels, Float.NEGATIVE_INFINITY);
      Arrays.fill(winner, -1);
      int p = bin / op.width();
      int q = bin % op.width();
      for (int h = y.first(p); image >= 0 && h < y.end(p); h++) {
        Run run = new Run(h * map.dim(2) + x.first(q), x.end(q) - x.first(q));
        maximum(call.in(1).floats(), image * map.dim(1) * map.dim(2), run, best, winner);
      }
      for (int c = 0; c < channels; c++) {
        best[c] = winner[c] < 0 ? 0 : best[c];
      }
      int to = (r * op.height() * op.width() + bin) * channels;
      pooled.put(to, best, 0, channels);
      winners.put(to, winner);
    }
  }

  /** Pixels of a map side by side. */
  private record Run(int first, int count) {}

  private void maximum(FloatBuffer features, int image, Run run, float[] best, int[] winner) {
    int channels = winner.length;
    float[] row = scratch.floats(ROW, channels);
    for (int pixel = run.first; pixel < run.first + run.count; pixel++) {
      features.get((image + pixel) * channels, row, 0, channels);
      for (int c = 0; c < channels; c++) {
        if (row[c] > best[c]) {
          best[c] = row[c];
          winner[c] = pixel;
        }
      }
    }
  }

  void backward(KernelCall<RoiPoolBackward> call) {
    Require.f32(call);
    float[] dx = new float[Math.toIntExact(call.op().features().size())];
    float[] rois = HostRows.floats(call.in(2));
    int channels = call.op().features().dim(3);
    workers.ranges(channels, BLOCK, (from, to) -> scatter(call, rois, from, to, dx));
    call.out(0).floats().put(0, dx);
  }

  private static void scatter(
      KernelCall<RoiPoolBackward> call, float[] rois, int from, int to, float[] dx) {
    Shape map = call.op().features();
    int channels = map.dim(3);
    int pixels = map.dim(1) * map.dim(2);
    int bins = (int) call.in(0).shape().size(1, 3);
    FloatBuffer dy = call.in(0).floats();
    IntBuffer winner = call.in(1).ints();
    float[] gradient = new float[to - from];
    int[] won = new int[to - from];
    for (int bin = 0; bin < rois.length / 5 * bins; bin++) {
      int roi = bin / bins * 5;
      int image = (int) rois[roi];
      if (image < 0) {
        continue;
      }
      HostRows.index(call, 2, roi, image, map.dim(0));
      dy.get(bin * channels + from, gradient);
      winner.get(bin * channels + from, won);
      for (int c = 0; c < won.length; c++) {
        if (won[c] >= 0) {
          HostRows.index(call, 1, bin * channels + from + c, won[c], pixels);
          dx[(image * pixels + won[c]) * channels + from + c] += gradient[c];
        }
      }
    }
  }
}
