package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.op.Masks.MaskTargets;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Kernels of the family {@link dev.maskrcnn.tensor.op.Masks}. */
final class MaskKernels {
  private MaskKernels() {}

  static void register(KernelTable table, Workers workers) {
    table.put(MaskTargets.class, new MaskTargetsJava(workers)::run);
    table.put(MaskPaste.class, new MaskPasteJava(workers)::run);
  }
}
