package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SmoothL1Backward;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Smooth L1. Few rows are positive (of 268 569 anchors at most 128), so it reads the labels and
 * then only those rows.
 */
final class SmoothL1Java {
  private SmoothL1Java() {}

  static void forward(Workers workers, KernelCall<SmoothL1> call) {
    Require.f32(call);
    FloatBuffer prediction = call.in(0).floats();
    FloatBuffer target = call.in(1).floats();
    IntBuffer label = call.in(2).ints();
    double beta = call.op().beta();
    int rows = call.in(0).shape().dim(0);
    int width = call.in(0).shape().dim(1);
    Mean mean = new Mean(rows, Slab.TASK);
    workers.ranges(
        rows,
        Slab.TASK,
        (first, last) -> {
          double sum = 0;
          long count = 0;
          for (int r = first; r < last; r++) {
            int own = label.get(r);
            count += own >= 0 ? 1 : 0;
            for (int i = r * width; own > 0 && i < (r + 1) * width; i++) {
              double d = Math.abs((double) prediction.get(i) - target.get(i));
              sum += d < beta ? 0.5 * d * d / beta : d - 0.5 * beta;
            }
          }
          mean.put(first, sum, count);
        });
    call.out(0).floats().put(0, (float) mean.value());
  }

  static void backward(Workers workers, KernelCall<SmoothL1Backward> call) {
    Require.f32(call);
    FloatBuffer prediction = call.in(1).floats();
    FloatBuffer target = call.in(2).floats();
    FloatBuffer dx = call.out(0).floats();
    IntBuffer label = call.in(3).ints();
    double beta = call.op().beta();
    double scale = (double) call.in(0).floats().get(0) / Mean.counted(call.in(3));
    int width = call.in(1).shape().dim(1);
    Strip.zero(workers, Strip.whole(call.out(0)));
    workers.ranges(
        call.in(1).shape().dim(0),
        Slab.TASK,
        (first, last) -> {
          for (int r = first; r < last; r++) {
            boolean positive = label.get(r) > 0;
            for (int i = r * width; positive && i < (r + 1) * width; i++) {
              double d = (double) prediction.get(i) - target.get(i);
              double slope = Math.abs(d) < beta ? d / beta : Math.signum(d);
              dx.put(i, (float) (scale * slope));
            }
          }
        });
  }
}
