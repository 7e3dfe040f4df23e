package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropyBackward;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/** Softmax cross-entropy over rows: {@code ln Σ e^x − x[label]}, which cannot overflow. */
final class CrossEntropyJava {
  private CrossEntropyJava() {}

  static void forward(Workers workers, KernelCall<SoftmaxCrossEntropy> call) {
    Require.f32(call);
    int rows = call.in(0).shape().dim(0);
    int width = call.in(0).shape().dim(1);
    FloatBuffer x = call.in(0).floats();
    FloatBuffer y = call.out(1).floats();
    IntBuffer label = call.in(1).ints();
    int grain = Math.max(1, Slab.TASK / Math.max(1, width));
    Mean mean = new Mean(rows, grain);
    workers.ranges(
        rows,
        grain,
        (first, last) -> {
          SoftmaxRows block = new SoftmaxRows(last - first, width);
          double sum = 0;
          long count = 0;
          for (int r = first; r < last; r += block.count()) {
            int n = Math.min(block.count(), last - r);
            x.get(r * width, block.block(), 0, n * width);
            block.run();
            y.put(r * width, block.block(), 0, n * width);
            for (int k = r; k < r + n; k++) {
              if (label.get(k) >= 0) {
                int own = k * width + checked(call, label.get(k), width, k);
                sum += block.logSumExp(k - r) - x.get(own);
                count++;
              }
            }
          }
          mean.put(first, sum, count);
        });
    call.out(0).floats().put(0, (float) mean.value());
  }

  private static int checked(KernelCall<?> call, int label, int classes, int row) {
    if (label >= classes) {
      throw new DeviceException(
          call.op().label()
              + ": label of row "
              + row
              + " is "
              + label
              + ", expected less than "
              + classes);
    }
    return label;
  }

  static void backward(Workers workers, KernelCall<SoftmaxCrossEntropyBackward> call) {
    Require.f32(call);
    int rows = call.in(1).shape().dim(0);
    int width = call.in(1).shape().dim(1);
    FloatBuffer softmax = call.in(1).floats();
    FloatBuffer dx = call.out(0).floats();
    IntBuffer label = call.in(2).ints();
    float scale = call.in(0).floats().get(0) / Mean.counted(call.in(2));
    workers.ranges(
        rows,
        Math.max(1, Slab.TASK / Math.max(1, width)),
        (first, last) -> {
          float[] row = new float[width];
          for (int r = first; r < last; r++) {
            int own = label.get(r);
            if (own < 0) {
              Arrays.fill(row, 0f);
            } else {
              softmax.get(r * width, row);
              row[checked(call, own, width, r)] -= 1f;
              for (int k = 0; k < row.length; k++) {
                row[k] *= scale;
              }
            }
            dx.put(r * width, row);
          }
        });
  }
}
