package dev.maskrcnn.tensor.op;

/**
 * How the loss is scaled before the backward pass, so that small half-precision gradients do not
 * vanish. Dynamic scaling looks for inf and NaN among the gradients of each step: if there is one
 * the step is skipped and the scale multiplied by {@code backoff}; after {@code interval} finite
 * steps in a row it is multiplied by {@code growth} (torch.amp.GradScaler).
 *
 * @param initial scale of the first step, finite and &gt; 0
 * @param growth factor ≥ 1
 * @param backoff factor in (0, 1]
 * @param interval finite steps between growths, ≥ 1; 0 keeps the scale and checks nothing
 */
public record LossScaling(double initial, double growth, double backoff, int interval) {

  public LossScaling {
    if (!(initial > 0) || !Float.isFinite((float) initial) || (float) initial == 0) {
      throw new IllegalArgumentException(
          "loss scaling: initial scale " + initial + ", expected a positive float32");
    }
    if (!(growth >= 1) || !(backoff > 0 && backoff <= 1) || interval < 0) {
      throw new IllegalArgumentException(
          "loss scaling: growth "
              + growth
              + ", backoff "
              + backoff
              + ", interval "
              + interval
              + ", expected growth >= 1, 0 < backoff <= 1 and interval >= 0");
    }
  }

  /** From 8192, doubled after 2000 finite steps, halved at each overflow: the original's. */
  public static LossScaling dynamic() {
    return new LossScaling(8192, 2, 0.5, 2000);
  }

  /** No scaling and no check. */
  public static LossScaling none() {
    return new LossScaling(1, 2, 0.5, 0);
  }

  /**
   * No scaling, but a step with inf or NaN is skipped: for types with the range of float32 where
   * nobody has looked at the loss before the step.
   */
  public static LossScaling guarded() {
    return new LossScaling(1, 1, 1, Integer.MAX_VALUE);
  }

  /** True if gradients are checked and steps may be skipped. */
  public boolean checks() {
    return interval > 0;
  }

  /** True if the scale follows what the checks find. */
  public boolean isDynamic() {
    return checks() && (growth > 1 || backoff < 1);
  }

  /**
   * Where the scaling of a run stands.
   *
   * @param scale factor of the next loss
   * @param tracker finite steps since the scale changed
   * @param skippedLast whether the last step met inf or NaN and was skipped
   * @param taken steps that changed the parameters
   * @param skipped steps that did not
   */
  public record State(float scale, int tracker, boolean skippedLast, int taken, int skipped) {}

  /** The state before the first step. */
  public State start() {
    return new State((float) initial, 0, false, 0, 0);
  }
}
