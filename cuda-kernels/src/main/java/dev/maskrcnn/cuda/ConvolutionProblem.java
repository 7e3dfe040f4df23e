package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;

/**
 * A convolution as cuDNN sees it, by which its descriptors and algorithms are kept: image x {@code
 * [n,h,w,c]}, filter {@code [k,kh,kw,c/groups]}, result y {@code [n,h',w',k]}.
 *
 * @param pass which of the three computations
 * @param type elements of all three arrays: f32, f16 or bf16
 * @param x extents of the image
 * @param w extents of the filter
 * @param window stride, padding, dilation, groups
 * @param epilogue whether bias, residual or ReLU are to be part of the same call
 */
record ConvolutionProblem(
    ConvolutionPass pass, DType type, Extents x, Extents w, Window window, boolean epilogue) {

  /** Four extents, outermost first. */
  record Extents(int a, int b, int c, int d) {
    static Extents of(Shape shape) {
      return new Extents(shape.dim(0), shape.dim(1), shape.dim(2), shape.dim(3));
    }

    /** These extents with other ends. */
    Extents with(int first, int last) {
      return new Extents(first, b, c, last);
    }

    long size() {
      return (long) a * b * c * d;
    }

    @Override
    public String toString() {
      return a + "x" + b + "x" + c + "x" + d;
    }
  }

  /** Extents of the result. */
  Extents y() {
    return new Extents(x.a, window.output(x.b, w.b), window.output(x.c, w.c), w.a);
  }

  /** In one word, without blanks. */
  @Override
  public String toString() {
    return String.join(
        "_",
        pass.label(),
        type.toString(),
        "x" + x,
        "w" + w,
        "s" + window.stride(),
        "p" + window.padding(),
        "d" + window.dilation(),
        "g" + window.groups(),
        epilogue ? "epilogue" : "plain");
  }
}
