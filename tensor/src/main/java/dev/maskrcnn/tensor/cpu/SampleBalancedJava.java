package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.util.Arrays;

/** Sampling by the smallest random keys, one image per task. */
final class SampleBalancedJava {
  private final Workers workers;

  SampleBalancedJava(Workers workers) {
    this.workers = workers;
  }

  void run(KernelCall<SampleBalanced> call) {
    workers.each(call.in(0).shape().dim(0), n -> image(call, n));
  }

  private static void image(KernelCall<SampleBalanced> call, int n) {
    SampleBalanced op = call.op();
    int rows = call.in(0).shape().dim(1);
    int[] label = new int[rows];
    call.in(0).ints().get(n * rows, label);
    int positives = 0;
    int negatives = 0;
    for (int l : label) {
      positives += l >= 1 ? 1 : 0;
      negatives += l == 0 ? 1 : 0;
    }
    RankedKeys positive = new RankedKeys(positives);
    RankedKeys negative = new RankedKeys(negatives);
    Philox random = new Philox(op.seed(), op.offset() + n);
    for (int i = 0; i < rows; i++) {
      if (label[i] >= 0) {
        // The complement: the smallest numbers are the largest keys.
        (label[i] >= 1 ? positive : negative).add(~random.bits(i), i);
      }
    }
    positive.keepLargest((int) (op.size() * op.positiveFraction()));
    negative.keepLargest(op.size() - positive.count());
    int[] drawn = new int[rows];
    Arrays.fill(drawn, -1);
    for (int i : positive.ascending()) {
      drawn[i] = label[i];
    }
    for (int i : negative.ascending()) {
      drawn[i] = 0;
    }
    call.out(0).ints().put(n * rows, drawn);
  }
}
