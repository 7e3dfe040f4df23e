package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.op.Normalization.GroupNormBackward;
import dev.maskrcnn.tensor.op.Normalization.Softmax;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.nio.FloatBuffer;

/** Group normalisation and softmax. */
final class NormalizationKernels {
  private NormalizationKernels() {}

  static void register(KernelTable table, Workers workers) {
    table.put(GroupNorm.class, call -> GroupNormJava.run(workers, call));
    table.put(GroupNormBackward.class, call -> GroupNormBackwardJava.run(workers, call));
    table.put(Softmax.class, call -> softmax(workers, call));
  }

  private static void softmax(Workers workers, KernelCall<Softmax> call) {
    Require.f32(call);
    int size = Elementwise.size(call.in(0));
    if (size == 0) {
      return;
    }
    int width = call.in(0).shape().dim(-1);
    FloatBuffer x = call.in(0).floats();
    FloatBuffer y = call.out(0).floats();
    int grain = Math.max(1, Slab.TASK / width);
    workers.ranges(
        size / width,
        grain,
        (first, last) -> {
          SoftmaxRows rows = new SoftmaxRows(Math.min(grain, last - first), width);
          for (int r = first; r < last; r += rows.count()) {
            int n = Math.min(rows.count(), last - r);
            x.get(r * width, rows.block(), 0, n * width);
            rows.run();
            y.put(r * width, rows.block(), 0, n * width);
          }
        });
  }
}
