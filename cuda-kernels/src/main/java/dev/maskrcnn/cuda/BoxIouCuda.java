package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Boxes.BoxIou;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Launches {@code box_iou.cu}. */
final class BoxIouCuda {
  private static final int THREADS = 256;

  /** Rows that a thread goes down before the grid repeats. */
  private static final int ROWS = 8;

  private static final int MOST_ROW_BLOCKS = 65_535;

  private final CudaRuntime cuda;
  private final KernelFunction iou;

  private BoxIouCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.iou = cuda.function("box_iou_f32");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    table.put(BoxIou.class, new BoxIouCuda(cuda)::run);
  }

  private void run(KernelCall<BoxIou> call) {
    Float32.require(call);
    int rows = call.in(0).shape().dim(0);
    int columns = call.in(1).shape().dim(0);
    int rowBlocks = (int) Math.min(Launch.ceilDiv(rows, ROWS), MOST_ROW_BLOCKS);
    iou.launch(
        Launch.of(columns, THREADS).grid(rowBlocks, 1),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .integer(rows)
            .integer(columns)
            .number((float) call.op().offset())
            .pointer(call.out(0)));
  }
}
