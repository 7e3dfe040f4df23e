package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.op.Boxes.AnchorsVisible;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.util.List;

/** Launches {@code anchors.cu}. */
final class AnchorsCuda {
  private static final int THREADS = 256;

  /** Anchors that one launch writes per place, their numbers being parameters. */
  private static final int CELLS = 4;

  private final CudaRuntime cuda;
  private final KernelFunction grid;
  private final KernelFunction visible;

  private AnchorsCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.grid = cuda.function("anchor_grid_f32");
    this.visible = cuda.function("anchors_visible_f32");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    AnchorsCuda anchors = new AnchorsCuda(cuda);
    table.put(AnchorGrid.class, anchors::grid);
    table.put(AnchorsVisible.class, anchors::visible);
  }

  private void grid(KernelCall<AnchorGrid> call) {
    AnchorGrid op = call.op();
    List<Float> cells = op.cells();
    int perPlace = cells.size() / 4;
    for (int first = 0; first < perPlace; first += CELLS) {
      int used = Math.min(CELLS, perPlace - first);
      Arguments arguments =
          cuda.arguments()
              .integer(op.height())
              .integer(op.width())
              .integer(op.strideY())
              .integer(op.strideX())
              .integer(perPlace)
              .integer(first)
              .integer(used);
      for (int i = 4 * first; i < 4 * (first + CELLS); i++) {
        arguments.number(i < cells.size() ? cells.get(i) : 0f);
      }
      long anchors = (long) op.height() * op.width() * used;
      grid.launch(Launch.of(anchors, THREADS), arguments.pointer(call.out(0)));
    }
  }

  private void visible(KernelCall<AnchorsVisible> call) {
    Float32.require(call);
    int anchors = call.in(0).shape().dim(0);
    visible.launch(
        Launch.of(anchors, THREADS),
        cuda.arguments()
            .pointer(call.in(0))
            .pointer(call.in(1))
            .longInteger(anchors)
            .integer(call.in(1).shape().dim(0))
            .doubleNumber(call.op().margin())
            .pointer(call.out(0)));
  }
}
