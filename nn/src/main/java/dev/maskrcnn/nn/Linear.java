package dev.maskrcnn.nn;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;

/** A fully connected layer with optional bias and ReLU. Parameters weight {@code [O,I]}, bias. */
public final class Linear extends Module {
  private final boolean relu;
  private final Parameter weight;
  private final Parameter bias;

  private Linear(Scope scope, Extent e, Initializer init, boolean bias, boolean relu) {
    super(scope);
    this.relu = relu;
    weight = scope.weight("weight", Shape.of(e.out(), e.in()), e.layout(), init);
    this.bias = bias ? scope.vector("bias", e.out(), 0) : null;
  }

  /** Inputs, outputs, and whether the inputs are a flattened feature map. */
  public record Extent(int in, int out, Layout layout) {
    /** Inputs that have no inner order. */
    public static Extent of(int in, int out) {
      return new Extent(in, out, Layout.LINEAR);
    }

    /** The inputs are {@code [R,height,width,channels]} reshaped to rows. */
    public static Extent flattened(int height, int width, int channels, int out) {
      return new Extent(height * width * channels, out, Layout.flattened(height, width));
    }
  }

  /** With a bias that starts at 0. */
  public static Linear biased(Scope scope, Extent extent, Initializer init, boolean relu) {
    return new Linear(scope, extent, init, true, relu);
  }

  /** Without a bias. */
  public static Linear plain(Scope scope, Extent extent, Initializer init, boolean relu) {
    return new Linear(scope, extent, init, false, relu);
  }

  /** {@code [R,I]} → {@code [R,O]}. */
  public Variable forward(Pass pass, Variable x) {
    return call(
        () -> {
          List<Variable> inputs = new ArrayList<>(List.of(x, pass.of(weight)));
          if (bias != null) {
            inputs.add(pass.of(bias));
          }
          return x.bind(new MatMul(false, true, bias != null, relu), inputs).get(0);
        });
  }
}
