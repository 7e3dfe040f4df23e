package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Pooling.MaxPool2d;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2dBackward;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearest;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearestBackward;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Ops that change the resolution of NHWC images; they vectorise over pixels and channels. */
final class PoolingKernels {
  private PoolingKernels() {}

  static void register(KernelTable table, Workers workers) {
    table.put(MaxPool2d.class, call -> new MaxPoolJava(call).run(workers));
    table.put(MaxPool2dBackward.class, call -> new MaxPoolBackwardJava(call).run(workers));
    table.put(UpsampleNearest.class, call -> UpsampleJava.forward(workers, call));
    table.put(UpsampleNearestBackward.class, call -> UpsampleJava.backward(workers, call));
  }
}
