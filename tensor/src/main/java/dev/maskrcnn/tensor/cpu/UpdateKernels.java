package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Update.SgdRule;
import dev.maskrcnn.tensor.op.Update.SgdStep;
import dev.maskrcnn.tensor.op.Update.SgdUpdate;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/** Updates of parameters: one pass over parameter, velocity and gradient. */
final class UpdateKernels {
  private final Workers workers;

  private UpdateKernels(Workers workers) {
    this.workers = workers;
  }

  static void register(KernelTable table, Workers workers) {
    UpdateKernels kernels = new UpdateKernels(workers);
    table.put(SgdStep.class, kernels::sgdStep);
    table.put(SgdUpdate.class, kernels::sgdUpdate);
  }

  private void sgdStep(KernelCall<SgdStep> call) {
    Require.f32(call);
    step(call.op(), 1, call.in(0), call.in(1), call.in(2));
  }

  private void sgdUpdate(KernelCall<SgdUpdate> call) {
    SgdUpdate op = call.op();
    boolean skip = op.scaling().checks() && !finite(call);
    if (!skip) {
      float inverse = 1 / call.in(0).floats().get(0);
      int at = 2;
      for (SgdRule rule : op.rules()) {
        requireF32(call, rule, at);
        double rate = rule.bias() ? op.rates().biases() : op.rates().weights();
        SgdStep step = new SgdStep(rate, op.momentum(), rule.decay(), false);
        step(step, inverse, call.in(at), call.in(at + 1), call.in(at + 2));
        at += 3;
      }
    }
    advance(op.scaling(), call.in(0).floats(), call.in(1).ints(), skip);
  }

  private static void requireF32(KernelCall<SgdUpdate> call, SgdRule rule, int at) {
    if (rule.copied() || call.in(at + 2).spec().dtype() != DType.F32) {
      throw new DeviceException(
          call.op().label() + ": no cpu kernel for half precision; use the reference");
    }
  }

  private boolean finite(KernelCall<SgdUpdate> call) {
    AtomicBoolean bad = new AtomicBoolean();
    int at = 2;
    for (SgdRule rule : call.op().rules()) {
      requireF32(call, rule, at);
      FloatBuffer gradient = call.in(at + 2).floats();
      workers.ranges(
          Elementwise.size(call.in(at + 2)),
          Slab.TASK,
          (start, end) -> {
            float[] g = new float[Math.min(Elementwise.BLOCK, end - start)];
            for (int i = start; i < end; i += g.length) {
              int n = Math.min(g.length, end - i);
              gradient.get(i, g, 0, n);
              float sum = 0; // inf − inf and 0·inf are NaN, so nothing cancels
              for (int k = 0; k < n; k++) {
                sum += 0 * g[k];
              }
              if (sum != 0) {
                bad.set(true);
              }
            }
          });
      at += 3;
    }
    return !bad.get();
  }

  /** Tracker, skipped last, taken, skipped; see torch.amp.GradScaler. */
  private static void advance(
      LossScaling scaling, FloatBuffer scale, IntBuffer counters, boolean skip) {
    counters.put(1, skip ? 1 : 0);
    if (skip) {
      counters.put(3, counters.get(3) + 1);
      counters.put(0, 0);
      scale.put(0, scale.get(0) * (float) scaling.backoff());
      return;
    }
    counters.put(2, counters.get(2) + 1);
    if (scaling.checks()) {
      int tracker = counters.get(0) + 1;
      boolean grow = tracker == scaling.interval();
      float grown = scale.get(0) * (float) scaling.growth();
      scale.put(0, grow && !Float.isInfinite(grown) ? grown : scale.get(0));
      counters.put(0, grow ? 0 : tracker);
    }
  }

  /** A step with the gradient times {@code factor}. */
  private void step(SgdStep op, float factor, DenseArray p, DenseArray v, DenseArray g) {
    FloatBuffer parameter = p.floats();
    FloatBuffer velocity = v.floats();
    FloatBuffer gradient = g.floats();
    workers.ranges(
        Elementwise.size(p),
        Slab.TASK,
        (start, end) -> {
          float[] ps = new float[Math.min(Elementwise.BLOCK, end - start)];
          float[] vs = new float[ps.length];
          float[] gs = new float[ps.length];
          for (int i = start; i < end; i += ps.length) {
            int n = Math.min(ps.length, end - i);
            parameter.get(i, ps, 0, n);
            gradient.get(i, gs, 0, n);
            if (!op.first()) {
              velocity.get(i, vs, 0, n);
            }
            scale(gs, factor);
            step(op, ps, vs, gs);
            parameter.put(i, ps, 0, n);
            velocity.put(i, vs, 0, n);
          }
        });
  }

  private static void scale(float[] g, float factor) {
    if (factor != 1) {
      for (int i = 0; i < g.length; i++) {
        g[i] *= factor;
      }
    }
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
