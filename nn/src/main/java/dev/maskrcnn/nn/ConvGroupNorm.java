package dev.maskrcnn.nn;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.tensor.Frame;

/**
 * A convolution without bias, a group norm, an optional shortcut, and ReLU. Parameters: {@code
 * weight} in the scope of the convolution; {@code weight, bias} in the scope of the norm.
 */
public final class ConvGroupNorm implements ConvLayer {
  private final Conv2d convolution;
  private final GroupNorm norm;
  private final boolean relu;

  /** Where the two parts are named, and how the norm is set up. */
  public record Site(Scope convolution, Scope norm, int groups, double epsilon) {}

  /** Makes both; the norm starts with weight 1 and bias 0. */
  public ConvGroupNorm(Site site, ConvGeometry geometry, Initializer init, boolean relu) {
    convolution = Conv2d.plain(site.convolution(), geometry, init, false);
    norm = new GroupNorm(site.norm(), geometry.out(), site.groups(), site.epsilon(), false);
    this.relu = relu;
  }

  @Override
  public Variable forward(Pass pass, Variable x) {
    return run(pass, x, null);
  }

  @Override
  public Variable forward(Pass pass, Variable x, Variable residual) {
    return run(pass, x, residual);
  }

  private Variable run(Pass pass, Variable x, Variable residual) {
    try (Frame frame = x.device().push(norm.path())) {
      Variable y = convolution.forward(pass, x);
      y = norm.forward(pass, y, relu && residual == null);
      if (residual != null) {
        y = y.add(residual);
        y = relu ? y.relu() : y;
      }
      frame.escape(y.value());
      return y;
    }
  }
}
