package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Update.SgdRule;
import dev.maskrcnn.tensor.op.Update.SgdStep;
import dev.maskrcnn.tensor.op.Update.SgdUpdate;

/** Updates of parameters. */
final class UpdateReference {
  private UpdateReference() {}

  static void sgdStep(SgdStep op, Operands a) {
    double[] p = a.inPlace(0);
    double[] v = a.inPlace(1);
    double[] g = a.in(2);
    for (int i = 0; i < p.length; i++) {
      double step = g[i] + op.decay() * p[i];
      v[i] = op.first() ? step : op.momentum() * v[i] + step;
      p[i] -= op.rate() * v[i];
    }
  }

  static void sgdUpdate(SgdUpdate op, Operands a) {
    double[] scale = a.inPlace(0);
    boolean skip = op.scaling().checks() && !finite(op, a);
    if (!skip) {
      float inverse = 1 / (float) scale[0];
      int at = 2;
      for (SgdRule rule : op.rules()) {
        parameter(op, rule, inverse, at, a);
        at += rule.copied() ? 4 : 3;
      }
    }
    advance(op.scaling(), scale, a.inPlace(1), skip);
  }

  private static boolean finite(SgdUpdate op, Operands a) {
    int at = 2;
    for (SgdRule rule : op.rules()) {
      for (double g : a.in(at + 2)) {
        if (!Double.isFinite(g)) {
          return false;
        }
      }
      at += rule.copied() ? 4 : 3;
    }
    return true;
  }

  private static void parameter(SgdUpdate op, SgdRule rule, float inverse, int at, Operands a) {
    double[] p = a.inPlace(at);
    double[] v = a.inPlace(at + 1);
    double[] g = a.in(at + 2);
    double rate = rule.bias() ? op.rates().biases() : op.rates().weights();
    for (int i = 0; i < p.length; i++) {
      v[i] = op.momentum() * v[i] + g[i] * inverse + rule.decay() * p[i];
      p[i] -= rate * v[i];
    }
    if (rule.copied()) {
      double[] copy = a.inPlace(at + 3);
      for (int i = 0; i < p.length; i++) {
        copy[i] = (float) p[i]; // from the parameter as it is stored
      }
    }
  }

  /** Tracker, skipped last, taken, skipped; see torch.amp.GradScaler. */
  private static void advance(
      LossScaling scaling, double[] scale, double[] counters, boolean skip) {
    counters[1] = skip ? 1 : 0;
    if (skip) {
      counters[3]++;
      counters[0] = 0;
      scale[0] *= (float) scaling.backoff();
      return;
    }
    counters[2]++;
    if (scaling.checks() && ++counters[0] == scaling.interval()) {
      float grown = (float) (scale[0] * (float) scaling.growth());
      scale[0] = Float.isInfinite(grown) ? scale[0] : grown;
      counters[0] = 0;
    }
  }
}
