package dev.maskrcnn.cuda;

import dev.maskrcnn.cuda.RadixSelect.Rows;
import dev.maskrcnn.tensor.op.Boxes.SelectTopK;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Launches {@code select_topk.cu}. Scratch: the states of the rows and their winners. */
final class SelectTopKCuda {
  private static final int RANK_THREADS = 1_024;
  private static final int WRITE_THREADS = 256;

  private final CudaRuntime cuda;
  private final RadixSelect selection;
  private final KernelFunction rank;
  private final KernelFunction write;

  private SelectTopKCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.selection = new RadixSelect(cuda);
    this.rank = cuda.function("topk_rank_f32");
    this.write = cuda.function("topk_write_f32");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    table.put(SelectTopK.class, new SelectTopKCuda(cuda)::run);
  }

  private void run(KernelCall<SelectTopK> call) {
    Float32.require(call);
    int count = call.in(0).shape().dim(0);
    int length = call.in(0).shape().dim(1);
    int k = call.out(0).shape().dim(1);
    if (count == 0 || k == 0) {
      return;
    }
    long scores = call.in(0).memory().address();
    Rows rows = new Rows(scores, count, length, k, RadixSelect.ANY);
    boolean tiled = k > RadixSelect.TILE;
    long states = cuda.scratch(rows.stateBytes() + (tiled ? 2 : 1) * rows.listBytes());
    long winners = states + rows.stateBytes();
    selection.select(rows, states);
    selection.gather(rows, states, winners);
    if (!tiled) {
      rank.launch(
          Launch.blocks(count, RANK_THREADS),
          cuda.arguments()
              .pointer(scores)
              .pointer(winners)
              .integer(length)
              .integer(k)
              .pointer(call.out(0))
              .pointer(call.out(1)));
      return;
    }
    long sorted = selection.rank(rows, states, winners, winners + rows.listBytes());
    write.launch(
        Launch.of((long) count * k, WRITE_THREADS),
        cuda.arguments()
            .pointer(scores)
            .pointer(sorted)
            .integer(count)
            .integer(length)
            .integer(k)
            .pointer(call.out(0))
            .pointer(call.out(1)));
  }
}
