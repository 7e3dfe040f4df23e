package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SmoothL1Backward;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropyBackward;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Losses. The mean of nothing is 0. */
final class LossKernels {
  private LossKernels() {}

  static void register(KernelTable table, Workers workers) {
    table.put(SoftmaxCrossEntropy.class, c -> CrossEntropyJava.forward(workers, c));
    table.put(SoftmaxCrossEntropyBackward.class, c -> CrossEntropyJava.backward(workers, c));
    table.put(BinaryCrossEntropy.class, c -> BinaryCrossEntropyJava.forward(workers, c));
    table.put(BinaryCrossEntropyBackward.class, c -> BinaryCrossEntropyJava.backward(workers, c));
    table.put(SmoothL1.class, c -> SmoothL1Java.forward(workers, c));
    table.put(SmoothL1Backward.class, c -> SmoothL1Java.backward(workers, c));
  }
}
