package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Masks.IgnoreRows;
import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.op.Masks.MaskTargets;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Launches {@code masks.cu}. */
final class MasksCuda {
  private static final int TARGET_THREADS = 128;
  private static final int PASTE_THREADS = 256;

  /** Pixels that a thread pastes. */
  private static final int PASTE_BYTES = 16;

  private static final int MOST_GRID_Y = 65_535;

  private final CudaRuntime cuda;
  private final KernelFunction targets;
  private final KernelFunction paste;
  private final TypedKernel ignore;

  private MasksCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.targets = cuda.function("mask_targets_f32");
    this.paste = cuda.function("mask_paste_f32");
    this.ignore = TypedKernel.of(cuda, "ignore_rows");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    MasksCuda masks = new MasksCuda(cuda);
    table.put(MaskTargets.class, masks::targets);
    table.put(MaskPaste.class, masks::paste);
    table.put(IgnoreRows.class, masks::ignore);
  }

  private void ignore(KernelCall<IgnoreRows> call) {
    long count = call.in(0).shape().size();
    ignore
        .of(call.op(), call.in(0))
        .launch(
            Launch.of(count, PASTE_THREADS),
            cuda.arguments()
                .pointer(call.in(0))
                .pointer(call.in(1))
                .longInteger(count)
                .longInteger(count / Math.max(call.in(0).shape().dim(0), 1))
                .pointer(call.out(0)));
  }

  private void targets(KernelCall<MaskTargets> call) {
    Float32.require(call);
    if (call.op().size() == 0) {
      return;
    }
    targets.launch(
        Launch.blocks(call.in(0).shape().dim(0), TARGET_THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .pointer(call.in(2))
            .pointer(call.in(3))
            .pointer(call.in(4))
            .integer(call.in(2).shape().dim(0))
            .integer(call.in(3).shape().dim(0) - 1)
            .integer(call.in(4).shape().dim(0) - 1)
            .integer(call.op().size())
            .pointer(call.out(0)));
  }

  private void paste(KernelCall<MaskPaste> call) {
    Float32.require(call);
    MaskPaste op = call.op();
    int count = call.in(0).shape().dim(0);
    int inner = call.in(0).shape().dim(1);
    int pixels = Math.multiplyExact(op.height(), op.width());
    if (pixels == 0) {
      return;
    }
    long lines = Launch.ceilDiv(pixels, PASTE_BYTES) + 1;
    paste.launch(
        Launch.of(lines, PASTE_THREADS).grid(Math.min(count, MOST_GRID_Y), 1),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .integer(count)
            .integer(inner)
            .integer(op.padding())
            .number((float) ((inner + 2.0 * op.padding()) / inner))
            .number((float) op.threshold())
            .integer(op.height())
            .integer(op.width())
            .pointer(call.out(0)));
  }
}
