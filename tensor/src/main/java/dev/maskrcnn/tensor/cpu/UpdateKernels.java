package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Update.SgdStep;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.nio.FloatBuffer;

/** Updates of parameters: one pass over parameter, velocity and gradient. */
final class UpdateKernels {
  private UpdateKernels() {}

  static void register(KernelTable table, Workers workers) {
    table.put(SgdStep.class, call -> sgdStep(workers, call));
  }

  private static void sgdStep(Workers workers, KernelCall<SgdStep> call) {
    Require.f32(call);
    FloatBuffer parameter = call.in(0).floats();
    FloatBuffer velocity = call.in(1).floats();
    FloatBuffer gradient = call.in(2).floats();
    boolean first = call.op().first();
    workers.ranges(
        Elementwise.size(call.in(0)),
        Slab.TASK,
        (start, end) -> {
          float[] p = new float[Math.min(Elementwise.BLOCK, end - start)];
          float[] v = new float[p.length];
          float[] g = new float[p.length];
          for (int i = start; i < end; i += p.length) {
            int n = Math.min(p.length, end - i);
            parameter.get(i, p, 0, n);
            gradient.get(i, g, 0, n);
            if (!first) {
              velocity.get(i, v, 0, n);
            }
            step(call.op(), p, v, g);
            parameter.put(i, p, 0, n);
            velocity.put(i, v, 0, n);
          }
        });
  }

  private static void step(SgdStep op, float[] p, float[] v, float[] g) {
    float decay = (float) op.decay();
    float rate = (float) op.rate();
    float momentum = (float) op.momentum();
    if (op.first()) {
      for (int i = 0; i < p.length; i++) {
        v[i] = g[i] + decay * p[i];
        p[i] -= rate * v[i];
      }
    } else {
      for (int i = 0; i < p.length; i++) {
        v[i] = momentum * v[i] + (g[i] + decay * p[i]);
        p[i] -= rate * v[i];
      }
    }
  }
}
