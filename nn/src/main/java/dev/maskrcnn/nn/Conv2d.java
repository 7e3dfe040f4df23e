package dev.maskrcnn.nn;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.tensor.op.Convolution;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import java.util.ArrayList;
import java.util.List;

/** A convolution with optional bias, shortcut and ReLU in one op. Parameters weight, bias. */
public final class Conv2d extends Module implements ConvLayer {
  private final ConvGeometry geometry;
  private final Parameter weight;
  private final Parameter bias;
  private final boolean relu;

  private Conv2d(Scope scope, ConvGeometry g, Initializer init, boolean bias, boolean relu) {
    super(scope);
    this.geometry = g;
    this.weight = scope.weight("weight", g.weightShape(), Layout.CONVOLUTION, init);
    this.bias = bias ? scope.vector("bias", g.out(), 0) : null;
    this.relu = relu;
  }

  /** With a bias that starts at 0. */
  public static Conv2d biased(Scope scope, ConvGeometry geometry, Initializer init, boolean relu) {
    return new Conv2d(scope, geometry, init, true, relu);
  }

  /** Without a bias. */
  public static Conv2d plain(Scope scope, ConvGeometry geometry, Initializer init, boolean relu) {
    return new Conv2d(scope, geometry, init, false, relu);
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
    return call(
        () -> {
          List<Variable> inputs = new ArrayList<>(List.of(x, pass.of(weight)));
          if (bias != null) {
            inputs.add(pass.of(bias));
          }
          if (residual != null) {
            inputs.add(residual);
          }
          Epilogue epilogue = new Epilogue(bias != null, residual != null, relu);
          return x.bind(new Convolution.Conv2d(geometry.window(), epilogue), inputs).get(0);
        });
  }

  /** The weight {@code [O,kh,kw,I/groups]}. */
  public Parameter weight() {
    return weight;
  }
}
