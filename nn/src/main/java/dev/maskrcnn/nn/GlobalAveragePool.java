package dev.maskrcnn.nn;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.Pointwise.Expand;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;

/**
 * The mean over all positions, {@code [N,H,W,C]} → {@code [N,C]}: a convolution of each channel by
 * itself with a constant weight. No parameters.
 */
public final class GlobalAveragePool extends Module {

  /** Has a place for messages only. */
  public GlobalAveragePool(Scope scope) {
    super(scope);
  }

  /** The mean of each channel. */
  public Variable forward(Variable x) {
    return call(
        () -> {
          Shape s = x.shape();
          int area = s.dim(1) * s.dim(2);
          int channels = s.dim(3);
          Tensor share = x.device().of(x.spec().dtype(), Shape.of(1), 1.0 / area);
          Expand expand = new Expand(Shape.of(channels, s.dim(1), s.dim(2), 1));
          Tensor weight = x.device().dispatch(expand, List.of(share)).get(0);
          return x.conv2d(Variable.constant(weight), new Window(1, 0, 1, channels))
              .reshape(Shape.of(s.dim(0), channels));
        });
  }
}
