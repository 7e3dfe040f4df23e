package dev.maskrcnn.nn;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.tensor.op.Convolution;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.shape.DType;
import java.util.ArrayList;
import java.util.List;

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
    return run(pass, new ArrayList<>(List.of(x)), false);
  }

  @Override
  public Variable forward(Pass pass, Variable x, Variable residual) {
    return run(pass, new ArrayList<>(List.of(x, residual)), true);
  }

  private Variable run(Pass pass, List<Variable> inputs, boolean residual) {
    return call(
        () -> {
          DType type = pass.autocast().isOn() ? pass.autocast().half() : norm.dtype();
          inputs.addAll(1, List.of(weight(pass, type), pass.constant(norm.shift(type))));
          Epilogue epilogue = new Epilogue(true, residual, relu);
          return inputs
              .get(0)
              .bind(new Convolution.Conv2d(geometry.window(), epilogue), inputs)
              .get(0);
        });
  }

  private Variable weight(Pass pass, DType type) {
    if (!pass.watches(weight)) {
      return pass.constant(folded.tensor(type));
    }
    folded.close();
    return pass.of(weight).scaleRows(pass.constant(norm.scale(type)));
  }
}
