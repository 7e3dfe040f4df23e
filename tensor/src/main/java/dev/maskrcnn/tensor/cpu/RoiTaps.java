package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.util.Arrays;
import java.util.List;

/** Where a RoI lies: its level, image, and the weights of both axes (1/samples is in y). */
record RoiTaps(int level, int image, AxisTaps y, AxisTaps x) {

  /** Finds the taps of the RoIs of a call. */
  static final class Source {
    private final KernelCall<?> call;
    private final int input;
    private final Grid grid;
    private final float[] scales;
    private final List<Shape> features;
    private final float[] rois;
    private final int[] levels;

    /**
     * RoIs of a call.
     *
     * @param input index of the RoIs among the inputs; the levels follow
     * @param features shape of each level's map
     */
    Source(KernelCall<?> call, int input, Grid grid, List<Double> scales, List<Shape> features) {
      this.call = call;
      this.input = input;
      this.grid = grid;
      this.scales = new float[scales.size()];
      for (int i = 0; i < this.scales.length; i++) {
        this.scales[i] = scales.get(i).floatValue();
      }
      this.features = features;
      this.rois = HostRows.floats(call.in(input));
      this.levels = HostRows.ints(call.in(input + 1));
    }

    int count() {
      return levels.length;
    }

    /** All RoIs, neighbours together, so that what one reads is still in the cache for the next. */
    int[] byPlace() {
      long[] keys = new long[count()];
      for (int r = 0; r < keys.length; r++) {
        long band = Math.max((long) (rois[5 * r + 2] / 32), 0) & 0xffff;
        long place = ((long) rois[5 * r] & 0xffff) << 24 | (levels[r] & 0xff) << 16 | band;
        keys[r] = place << 24 | r;
      }
      Arrays.sort(keys);
      int[] order = new int[keys.length];
      for (int i = 0; i < order.length; i++) {
        order[i] = (int) keys[i] & 0xffffff;
      }
      return order;
    }

    /** Taps of RoI {@code r}; null if its image index is negative. */
    RoiTaps at(int r) {
      int image = (int) rois[5 * r];
      if (image < 0) {
        return null;
      }
      int level = HostRows.index(call, input + 1, r, levels[r], scales.length);
      Shape s = features.get(level);
      HostRows.index(call, input, 5 * r, image, s.dim(0));
      AxisTaps.Sampling y = sampling(r, 1, grid.height(), scales[level]);
      AxisTaps.Sampling x = sampling(r, 0, grid.width(), scales[level]);
      float share = 1f / Math.max(y.samples() * x.samples(), 1);
      AxisTaps rows = AxisTaps.of(y, s.dim(1), share);
      return new RoiTaps(level, image, rows, AxisTaps.of(x, s.dim(2), 1f));
    }

    private AxisTaps.Sampling sampling(int r, int axis, int bins, float scale) {
      int i = 5 * r + 1 + axis;
      return AxisTaps.Sampling.of(grid, bins, rois[i], rois[i + 2], scale);
    }
  }
}
