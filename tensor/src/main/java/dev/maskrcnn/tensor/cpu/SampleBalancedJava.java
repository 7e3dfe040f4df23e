package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.util.Arrays;

/** Sampling by the smallest random keys. */
final class SampleBalancedJava {
  private static final int GRAIN = 16384;

  private final Workers workers;

  SampleBalancedJava(Workers workers) {
    this.workers = workers;
  }

  void run(KernelCall<SampleBalanced> call) {
    int images = call.in(0).shape().dim(0);
    int rows = call.in(0).shape().dim(1);
    int[] labels = HostRows.ints(call.in(0));
    int[] keys = new int[labels.length];
    SampleBalanced op = call.op();
    long group = call.inputs().size() > 1 ? call.in(1).ints().get(0) : 0;
    for (int n = 0; n < images; n++) {
      int first = n * rows;
      long offset = op.offset() + group * SampleBalanced.GROUP + n;
      workers.ranges(
          rows,
          GRAIN,
          (from, to) -> {
            Philox random = new Philox(op.seed(), offset);
            for (int i = from; i < to; i++) {
              keys[first + i] = random.bits(i);
            }
          });
    }
    workers.each(images, n -> image(call, n, labels, keys));
  }

  private static void image(KernelCall<SampleBalanced> call, int n, int[] labels, int[] keys) {
    SampleBalanced op = call.op();
    int rows = call.in(0).shape().dim(1);
    RankedKeys positive = ranked(labels, keys, n * rows, rows, true);
    positive.keepLargest((int) (op.size() * op.positiveFraction()));
    RankedKeys negative = ranked(labels, keys, n * rows, rows, false);
    negative.keepLargest(op.size() - positive.count());
    int[] drawn = new int[rows];
    Arrays.fill(drawn, -1);
    for (int i : positive.ascending()) {
      drawn[i] = labels[n * rows + i];
    }
    for (int i : negative.ascending()) {
      drawn[i] = 0;
    }
    call.out(0).ints().put(n * rows, drawn);
  }

  /** The positive or the negative rows of an image, those with the smallest keys first. */
  private static RankedKeys ranked(
      int[] labels, int[] keys, int first, int rows, boolean positive) {
    RankedKeys ranked = new RankedKeys(rows);
    for (int i = 0; i < rows; i++) {
      if (positive ? labels[first + i] >= 1 : labels[first + i] == 0) {
        ranked.add(~keys[first + i], i);
      }
    }
    return ranked;
  }
}
