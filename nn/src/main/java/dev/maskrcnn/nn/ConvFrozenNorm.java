package dev.maskrcnn.nn;

import dev.maskrcnn.autograd.Variable;

/**
 * A convolution and the frozen batch norm after it as one op: the weight is scaled row by row, the
 * shift becomes the bias, shortcut and ReLU join in. Parameters: {@code weight} in the scope of the
 * convolution; buffers {@code weight, bias, running_mean, running_var} in the scope of the norm.
 */
public final class ConvFrozenNorm extends Module implements ConvLayer {
  private final ConvGeometry geometry;
  private final Parameter weight;
  private final FrozenBatchNorm2d norm;
  private final FoldedWeight folded;
  private final boolean relu;

  /** Where the two parts are named, and the norm's epsilon. */
  public record Site(Scope convolution, Scope norm, double epsilon) {
    /** With the epsilon 0 of maskrcnn-benchmark. */
    public static Site of(Scope convolution, Scope norm) {
      return new Site(convolution, norm, 0);
    }
  }

  /** Makes both; the weight is drawn by {@code init}, the norm starts as the identity. */
  public ConvFrozenNorm(Site site, ConvGeometry geometry, Initializer init, boolean relu) {
    super(site.convolution());
    this.geometry = geometry;
    this.relu = relu;
    Scope scope = site.convolution();
    weight = scope.weight("weight", geometry.weightShape(), Layout.CONVOLUTION, init);
    norm = FrozenBatchNorm2d.of(site.norm(), geometry.out(), site.epsilon());
    folded = FoldedWeight.of(scope, weight, norm);
  }

  @Override
  public Variable forward(Pass pass, Variable x) {
    return call(
        () -> x.conv2d(weight(pass), Variable.constant(norm.shift()), geometry.window(), relu));
  }

  @Override
  public Variable forward(Pass pass, Variable x, Variable residual) {
    return call(
        () -> {
          Variable shift = Variable.constant(norm.shift());
          return x.conv2d(weight(pass), shift, residual, geometry.window(), relu);
        });
  }

  private Variable weight(Pass pass) {
    if (!pass.watches(weight)) {
      return Variable.constant(folded.tensor());
    }
    folded.close();
    return pass.of(weight).scaleRows(Variable.constant(norm.scale()));
  }
}
