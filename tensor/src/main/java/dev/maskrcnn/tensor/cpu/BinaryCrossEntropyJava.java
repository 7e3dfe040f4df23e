package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropyBackward;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;

/**
 * Binary cross-entropy with logits in the form that neither overflows nor cancels: {@code max(x,0)
 * − x·t + ln(1+e^−|x|)}.
 */
final class BinaryCrossEntropyJava {
  private BinaryCrossEntropyJava() {}

  static void forward(Workers workers, KernelCall<BinaryCrossEntropy> call) {
    Require.f32(call);
    FloatBuffer logits = call.in(0).floats();
    FloatBuffer targets = call.in(1).floats();
    int size = Elementwise.size(call.in(0));
    Mean mean = new Mean(size, Slab.TASK);
    workers.ranges(
        size,
        Slab.TASK,
        (start, end) -> {
          float[] x = new float[Math.min(Elementwise.BLOCK, end - start)];
          float[] t = new float[x.length];
          float[] z = new float[x.length];
          VectorMath math = new VectorMath(x.length);
          double sum = 0;
          long count = 0;
          for (int i = start; i < end; i += x.length) {
            int n = Math.min(x.length, end - i);
            logits.get(i, x, 0, n);
            targets.get(i, t, 0, n);
            terms(math, x, t, z);
            for (int k = 0; k < n; k++) {
              if (t[k] >= 0) {
                sum += z[k];
                count++;
              }
            }
          }
          mean.put(start, sum, count);
        });
    call.out(0).floats().put(0, (float) mean.value());
  }

  private static void terms(VectorMath math, float[] x, float[] t, float[] z) {
    for (int i = 0; i < z.length; i++) {
      z[i] = -Math.abs(x[i]);
    }
    math.exp(z);
    VectorMath.log1p(z);
    for (int i = 0; i < z.length; i++) {
      z[i] += Math.max(x[i], 0f) - x[i] * t[i];
    }
  }

  static void backward(Workers workers, KernelCall<BinaryCrossEntropyBackward> call) {
    Require.f32(call);
    FloatBuffer logits = call.in(1).floats();
    FloatBuffer targets = call.in(2).floats();
    FloatBuffer dx = call.out(0).floats();
    int size = Elementwise.size(call.in(1));
    float scale = call.in(0).floats().get(0) / count(workers, targets, size);
    workers.ranges(
        size,
        Slab.TASK,
        (start, end) -> {
          float[] x = new float[Math.min(Elementwise.BLOCK, end - start)];
          float[] t = new float[x.length];
          VectorMath math = new VectorMath(x.length);
          for (int i = start; i < end; i += x.length) {
            int n = Math.min(x.length, end - i);
            logits.get(i, x, 0, n);
            targets.get(i, t, 0, n);
            math.sigmoid(x);
            for (int k = 0; k < n; k++) {
              x[k] = t[k] >= 0 ? scale * (x[k] - t[k]) : 0f;
            }
            dx.put(i, x, 0, n);
          }
        });
  }

  private static float count(Workers workers, FloatBuffer targets, int size) {
    Mean mean = new Mean(size, Slab.TASK);
    workers.ranges(
        size,
        Slab.TASK,
        (start, end) -> {
          float[] t = new float[Math.min(Elementwise.BLOCK, end - start)];
          long count = 0;
          for (int i = start; i < end; i += t.length) {
            int n = Math.min(t.length, end - i);
            targets.get(i, t, 0, n);
            for (int k = 0; k < n; k++) {
              count += t[k] >= 0 ? 1 : 0;
            }
          }
          mean.put(start, 0, count);
        });
    return mean.count();
  }
}
