package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPool;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPoolBackward;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Kernels of the family {@link dev.maskrcnn.tensor.op.RegionOfInterest}. */
final class RoiKernels {
  private RoiKernels() {}

  static void register(KernelTable table, Workers workers) {
    table.put(RoiLevels.class, RoiKernels::levels);
    table.put(RoiAlign.class, new RoiAlignJava(workers)::run);
    table.put(RoiAlignBackward.class, new RoiAlignBackwardJava(workers)::run);
    RoiPoolJava pool = new RoiPoolJava(workers);
    table.put(RoiPool.class, pool::pool);
    table.put(RoiPoolBackward.class, pool::backward);
  }

  /** Float arithmetic in the order of the formula: the floor decides. */
  private static void levels(KernelCall<RoiLevels> call) {
    Require.f32(call);
    RoiLevels op = call.op();
    float[] roi = HostRows.floats(call.in(0));
    int[] level = new int[roi.length / 5];
    BoxGeometry boxes = new BoxGeometry(op.offset());
    float size = (float) op.canonicalSize();
    for (int r = 0; r < level.length; r++) {
      float side = (float) Math.sqrt(boxes.area(roi, 5 * r + 1));
      float log2 = (float) (Math.log(side / size + 1e-6f) / Math.log(2));
      // An inverted box has no root; (int) NaN is 0, the lowest level after clamping.
      int l = (int) Math.floor(op.canonicalLevel() + log2);
      level[r] = Math.min(Math.max(l, op.lowest()), op.highest()) - op.lowest();
    }
    call.out(0).ints().put(0, level);
  }
}
