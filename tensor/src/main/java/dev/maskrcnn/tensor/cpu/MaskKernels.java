package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Masks.IgnoreRows;
import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.op.Masks.MaskTargets;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.util.Arrays;

/** Kernels of the family {@link dev.maskrcnn.tensor.op.Masks}. */
final class MaskKernels {
  private MaskKernels() {}

  static void register(KernelTable table, Workers workers) {
    table.put(MaskTargets.class, new MaskTargetsJava(workers)::run);
    table.put(MaskPaste.class, new MaskPasteJava(workers)::run);
    table.put(IgnoreRows.class, MaskKernels::ignoreRows);
  }

  private static void ignoreRows(KernelCall<IgnoreRows> call) {
    Require.f32(call);
    int[] label = HostRows.ints(call.in(1));
    float[] x = HostRows.floats(call.in(0));
    int width = label.length == 0 ? 0 : x.length / label.length;
    for (int r = 0; r < label.length; r++) {
      if (label[r] < 0) {
        Arrays.fill(x, r * width, (r + 1) * width, -1);
      }
    }
    call.out(0).floats().put(0, x);
  }
}
