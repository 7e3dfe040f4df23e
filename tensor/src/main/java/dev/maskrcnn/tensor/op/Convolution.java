package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.List;

/**
 * Two-dimensional cross-correlations on NHWC images with weights {@code [O,kh,kw,I/groups]}. Bias,
 * residual and ReLU are part of the op so that a folded norm, an identity shortcut and the
 * activation cost no pass over memory of their own.
 */
public sealed interface Convolution extends Op {

  /** Stride, symmetric padding, dilation (same in both directions), and channel groups. */
  record Window(int stride, int padding, int dilation, int groups) {
    public Window {
      if (stride < 1 || padding < 0 || dilation < 1 || groups < 1) {
        throw new dev.maskrcnn.tensor.shape.ShapeException(
            "window: stride, dilation and groups must be >= 1 and padding >= 0, got "
                + stride
                + ", "
                + dilation
                + ", "
                + groups
                + ", "
                + padding);
      }
    }

    /** A window with the given stride and padding, undilated, ungrouped. */
    public static Window of(int stride, int padding) {
      return new Window(stride, padding, 1, 1);
    }

    /** Output extent for an input extent and kernel extent. */
    public int output(int input, int kernel) {
      return (input + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
    }
  }

  /** What follows the convolution in the same pass: {@code y = relu(conv + bias + residual)}. */
  record Epilogue(boolean bias, boolean residual, boolean relu) {
    /** Nothing. */
    public static final Epilogue NONE = new Epilogue(false, false, false);

    /** Index of the residual input of {@link Conv2d}. */
    public int residualIndex() {
      return bias ? 3 : 2;
    }
  }

  /**
   * Inputs x {@code [N,H,W,C]}, w {@code [O,kh,kw,C/groups]}, then bias {@code [O]} and residual
   * (shaped as the output) as the epilogue says. Output {@code [N,H',W',O]}.
   */
  record Conv2d(Window window, Epilogue epilogue) implements Convolution {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2 + (epilogue.bias() ? 1 : 0) + (epilogue.residual() ? 1 : 0));
      Check.rank(this, in, 0, 4);
      Check.rank(this, in, 1, 4);
      for (int i = 1; i < in.size(); i++) {
        Check.floating(this, in, 0, i);
      }
      Shape x = in.get(0).shape();
      Shape w = in.get(1).shape();
      Check.that(
          this,
          in,
          x.dim(3) == w.dim(3) * window.groups() && w.dim(0) % window.groups() == 0,
          "input has " + x.dim(3) + " channels but weight expects " + w.dim(3) * window.groups());
      int h = window.output(x.dim(1), w.dim(1));
      int v = window.output(x.dim(2), w.dim(2));
      Check.that(this, in, h > 0 && v > 0, "the kernel does not fit into the padded image");
      Shape y = Shape.of(x.dim(0), h, v, w.dim(0));
      if (epilogue.bias()) {
        Check.shape(this, in, 2, Shape.of(w.dim(0)));
      }
      if (epilogue.residual()) {
        Check.shape(this, in, epilogue.residualIndex(), y);
      }
      return List.of(new Spec(y, in.get(0).dtype()));
    }
  }

  /**
   * Gradient of a convolution by its input: inputs dy {@code [N,H',W',O]}, w; output {@code
   * [N,height,width,C]}.
   */
  record Conv2dBackwardData(Window window, int height, int width) implements Convolution {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 4);
      Check.rank(this, in, 1, 4);
      Check.floating(this, in, 0, 1);
      Shape dy = in.get(0).shape();
      Shape w = in.get(1).shape();
      Check.that(
          this,
          in,
          dy.dim(3) == w.dim(0)
              && dy.dim(1) == window.output(height, w.dim(1))
              && dy.dim(2) == window.output(width, w.dim(2)),
          "the output gradient does not belong to an image of " + height + " x " + width);
      Shape dx = Shape.of(dy.dim(0), height, width, w.dim(3) * window.groups());
      return List.of(new Spec(dx, in.get(0).dtype()));
    }
  }

  /**
   * Gradient of a convolution by its weights: inputs x, dy; outputs dw {@code [O,kh,kw,C/groups]}
   * and, if {@code bias}, db {@code [O]}.
   */
  record Conv2dBackwardWeights(Window window, int kernelHeight, int kernelWidth, boolean bias)
      implements Convolution {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 4);
      Check.rank(this, in, 1, 4);
      Check.floating(this, in, 0, 1);
      Shape x = in.get(0).shape();
      Shape dy = in.get(1).shape();
      Check.that(
          this,
          in,
          x.dim(0) == dy.dim(0)
              && x.dim(3) % window.groups() == 0
              && dy.dim(1) == window.output(x.dim(1), kernelHeight)
              && dy.dim(2) == window.output(x.dim(2), kernelWidth),
          "the output gradient does not belong to the input");
      List<Spec> out = new ArrayList<>();
      Shape dw = Shape.of(dy.dim(3), kernelHeight, kernelWidth, x.dim(3) / window.groups());
      out.add(new Spec(dw, in.get(0).dtype()));
      if (bias) {
        out.add(new Spec(Shape.of(dy.dim(3)), in.get(0).dtype()));
      }
      return out;
    }
  }

  /**
   * Transposed convolution without padding: inputs x {@code [N,H,W,I]}, w {@code [I,kh,kw,O]} (the
   * weight of the convolution of which this is the adjoint) and bias {@code [O]} if the epilogue
   * has one; output {@code [N,(H−1)·stride+kh,(W−1)·stride+kw,O]}. A residual is not supported.
   */
  record ConvTranspose2d(int stride, Epilogue epilogue) implements Convolution {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.that(this, in, !epilogue.residual(), "a residual is not supported");
      Check.count(this, in, epilogue.bias() ? 3 : 2);
      Check.rank(this, in, 0, 4);
      Check.rank(this, in, 1, 4);
      for (int i = 1; i < in.size(); i++) {
        Check.floating(this, in, 0, i);
      }
      Shape x = in.get(0).shape();
      Shape w = in.get(1).shape();
      Check.that(
          this,
          in,
          x.dim(3) == w.dim(0),
          "input has " + x.dim(3) + " channels but weight expects " + w.dim(0));
      if (epilogue.bias()) {
        Check.shape(this, in, 2, Shape.of(w.dim(3)));
      }
      Shape y =
          Shape.of(
              x.dim(0),
              x.dim(1) == 0 ? 0 : (x.dim(1) - 1) * stride + w.dim(1),
              x.dim(2) == 0 ? 0 : (x.dim(2) - 1) * stride + w.dim(2),
              w.dim(3));
      return List.of(new Spec(y, in.get(0).dtype()));
    }
  }
}
