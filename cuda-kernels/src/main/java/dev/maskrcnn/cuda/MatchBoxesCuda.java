package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/**
 * Launches {@code match_boxes.cu}: one pass without the low-quality rule, two with it. Scratch: one
 * word per truth.
 */
final class MatchBoxesCuda {
  private static final int THREADS = 256;

  private final CudaRuntime cuda;
  private final KernelFunction truthBest;
  private final KernelFunction match;

  private MatchBoxesCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.truthBest = cuda.function("match_truth_best_f32");
    this.match = cuda.function("match_boxes_f32");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    table.put(MatchBoxes.class, new MatchBoxesCuda(cuda)::run);
  }

  private void run(KernelCall<MatchBoxes> call) {
    Float32.require(call);
    MatchBoxes op = call.op();
    int images = call.in(0).shape().dim(0);
    int boxRows = call.in(2).shape().dim(1);
    Launch shape = Launch.of(boxRows, THREADS).grid(images, 1);
    long truths = (long) images * call.in(0).shape().dim(1);
    long best = 0;
    if (op.lowQuality() && truths > 0) {
      best = cuda.scratch(truths * Integer.BYTES);
      cuda.fillWords(best, 0, truths);
      truthBest.launch(shape, operands(call).number((float) op.offset()).pointer(best));
    }
    match.launch(
        shape,
        operands(call)
            .number((float) op.high())
            .number((float) op.low())
            .number((float) op.offset())
            .pointer(best)
            .pointer(call.out(0)));
  }

  /** What both passes take first. */
  private Arguments operands(KernelCall<MatchBoxes> call) {
    int boxRows = call.in(2).shape().dim(1);
    boolean shared = call.in(2).shape().dim(0) == 1;
    return cuda.arguments()
        .pointer(call.in(0))
        .pointer(call.in(1))
        .pointer(call.in(2))
        .pointer(call.in(3))
        .integer(call.in(0).shape().dim(1))
        .integer(boxRows)
        .integer(shared ? 0 : boxRows);
  }
}
