package dev.maskrcnn.nn;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.tensor.op.Convolution;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;

/**
 * A transposed convolution without padding, with bias and optional ReLU. Parameters weight, bias.
 */
public final class ConvTranspose2d extends Module {
  private final int stride;
  private final boolean relu;
  private final Parameter weight;
  private final Parameter bias;

  /** Of the geometry only channels, kernel and stride count; the bias starts at 0. */
  public ConvTranspose2d(Scope scope, ConvGeometry g, Initializer init, boolean relu) {
    super(scope);
    stride = g.window().stride();
    this.relu = relu;
    Shape shape = Shape.of(g.in(), g.kernel(), g.kernel(), g.out());
    weight = scope.weight("weight", shape, Layout.TRANSPOSED_CONVOLUTION, init);
    bias = scope.vector("bias", g.out(), 0);
  }

  /** {@code [N,H,W,I]} → {@code [N,(H−1)·stride+k,(W−1)·stride+k,O]}. */
  public Variable forward(Pass pass, Variable x) {
    Epilogue epilogue = new Epilogue(true, false, relu);
    Convolution.ConvTranspose2d op = new Convolution.ConvTranspose2d(stride, epilogue);
    return call(() -> x.bind(op, List.of(x, pass.of(weight), pass.of(bias))).get(0));
  }
}
