package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/** Ops that change the resolution of NHWC images. */
public sealed interface Pooling extends Op {

  /**
   * Maximum over windows; padding counts as −∞. Outputs y {@code [N,H',W',C]} and the winner's
   * position inside its window, U8 {@code [N,H',W',C]} (row·kernel+column; the first wins ties).
   */
  record MaxPool2d(int kernel, int stride, int padding) implements Pooling {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Check.rank(this, in, 0, 4);
      Check.floating(this, in, 0);
      Check.that(
          this, in, kernel >= 1 && kernel <= 15 && padding < kernel, "kernel must be 1 to 15");
      Shape x = in.get(0).shape();
      Convolution.Window w = Convolution.Window.of(stride, padding);
      int h = w.output(x.dim(1), kernel);
      int v = w.output(x.dim(2), kernel);
      Check.that(this, in, h > 0 && v > 0, "the window does not fit into the padded image");
      Shape y = Shape.of(x.dim(0), h, v, x.dim(3));
      return List.of(new Spec(y, in.get(0).dtype()), new Spec(y, DType.U8));
    }
  }

  /** Gradient of {@link MaxPool2d}: inputs dy, winner; output {@code [N,height,width,C]}. */
  record MaxPool2dBackward(int kernel, int stride, int padding, int height, int width)
      implements Pooling {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 4);
      Check.floating(this, in, 0);
      Check.dtype(this, in, 1, DType.U8);
      Check.shape(this, in, 1, in.get(0).shape());
      Shape dy = in.get(0).shape();
      Convolution.Window w = Convolution.Window.of(stride, padding);
      Check.that(
          this,
          in,
          dy.dim(1) == w.output(height, kernel) && dy.dim(2) == w.output(width, kernel),
          "the output gradient does not belong to an image of " + height + " x " + width);
      return List.of(new Spec(Shape.of(dy.dim(0), height, width, dy.dim(3)), in.get(0).dtype()));
    }
  }

  /**
   * Nearest-neighbour upsampling to a size: {@code out[i] = in[⌊i·H/height⌋]} ({@code [⌊i/2⌋]} for
   * a doubling, as the FPN needs it).
   */
  record UpsampleNearest(int height, int width) implements Pooling {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Check.rank(this, in, 0, 4);
      Check.floating(this, in, 0);
      Shape x = in.get(0).shape();
      return List.of(new Spec(Shape.of(x.dim(0), height, width, x.dim(3)), in.get(0).dtype()));
    }
  }

  /** Gradient of {@link UpsampleNearest}: input dy; sums to {@code [N,height,width,C]}. */
  record UpsampleNearestBackward(int height, int width) implements Pooling {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Check.rank(this, in, 0, 4);
      Check.floating(this, in, 0);
      Shape dy = in.get(0).shape();
      return List.of(new Spec(Shape.of(dy.dim(0), height, width, dy.dim(3)), in.get(0).dtype()));
    }
  }
}
