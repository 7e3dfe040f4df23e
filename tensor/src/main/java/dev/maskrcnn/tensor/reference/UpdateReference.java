package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Update.SgdStep;

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
}
