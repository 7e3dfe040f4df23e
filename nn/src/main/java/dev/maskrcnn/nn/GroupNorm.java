package dev.maskrcnn.nn;

import dev.maskrcnn.autograd.Variable;

/**
 * Group normalisation (Wu and He 2018) of {@code [N,H,W,C]} or rows {@code [R,C]}, with optional
 * ReLU. Parameters weight (1) and bias (0).
 */
public final class GroupNorm extends Module {
  private final int groups;
  private final double epsilon;
  private final boolean relu;
  private final Parameter weight;
  private final Parameter bias;

  /**
   * The norm of some channels.
   *
   * @param groups must divide the channels
   * @param epsilon 1e-5 in the original
   */
  public GroupNorm(Scope scope, int channels, int groups, double epsilon, boolean relu) {
    super(scope);
    if (groups < 1 || channels % groups != 0) {
      throw new NnException(
          scope + ": " + channels + " channels do not divide into " + groups + " groups");
    }
    this.groups = groups;
    this.epsilon = epsilon;
    this.relu = relu;
    weight = scope.vector("weight", channels, 1);
    bias = scope.vector("bias", channels, 0);
  }

  /** Same shape. */
  public Variable forward(Pass pass, Variable x) {
    return forward(pass, x, relu);
  }

  Variable forward(Pass pass, Variable x, boolean withRelu) {
    return call(() -> x.groupNorm(groups, epsilon, pass.of(weight), pass.of(bias), withRelu));
  }
}
