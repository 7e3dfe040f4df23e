package dev.maskrcnn.nn;

import dev.maskrcnn.tensor.shape.Shape;

/**
 * How the extents of a parameter relate to those in PyTorch checkpoints. Inside, images are NHWC
 * and weights {@code [O,kh,kw,I]}; checkpoints are NCHW and {@code [O,I,kh,kw]}. The conversion
 * takes place where files are read and written, and nowhere else.
 *
 * @param kind the permutation
 * @param height rows of the feature map that a {@link Kind#FLATTENED} weight reads, else 0
 * @param width columns of that feature map, else 0
 */
public record Layout(Kind kind, int height, int width) {

  /** The permutations. */
  public enum Kind {
    /** As it is: biases, norms, {@code [O,I]} weights of fully connected layers. */
    PLAIN,
    /** {@code [O,kh,kw,I]} here, {@code [O,I,kh,kw]} there. */
    CONVOLUTION,
    /** {@code [I,kh,kw,O]} here, {@code [I,O,kh,kw]} there. */
    TRANSPOSED_CONVOLUTION,
    /** {@code [O,H·W·C]} here, {@code [O,C·H·W]} there: the layer after a flattening. */
    FLATTENED
  }

  /** Biases, norms. */
  public static final Layout VECTOR = new Layout(Kind.PLAIN, 0, 0);

  /** Weights of fully connected layers. */
  public static final Layout LINEAR = new Layout(Kind.PLAIN, 0, 0);

  /** Weights of convolutions. */
  public static final Layout CONVOLUTION = new Layout(Kind.CONVOLUTION, 0, 0);

  /** Weights of transposed convolutions. */
  public static final Layout TRANSPOSED_CONVOLUTION = new Layout(Kind.TRANSPOSED_CONVOLUTION, 0, 0);

  /** Weights of the fully connected layer after flattening maps of a size. */
  public static Layout flattened(int height, int width) {
    return new Layout(Kind.FLATTENED, height, width);
  }

  /** The shape in a checkpoint for a shape here. */
  public Shape checkpointShape(Shape shape) {
    return switch (kind) {
      case PLAIN, FLATTENED -> shape;
      case CONVOLUTION, TRANSPOSED_CONVOLUTION ->
          Shape.of(shape.dim(0), shape.dim(3), shape.dim(1), shape.dim(2));
    };
  }

  /** Values of a checkpoint in the order used here; {@code shape} is the one here. */
  public float[] fromCheckpoint(float[] values, Shape shape) {
    return permute(values, shape, false);
  }

  /** Values in the order of a checkpoint; {@code shape} is the one here. */
  public float[] toCheckpoint(float[] values, Shape shape) {
    return permute(values, shape, true);
  }

  private float[] permute(float[] values, Shape shape, boolean outwards) {
    if (values.length != shape.size()) {
      throw new NnException(
          "layout: " + values.length + " values given for shape " + shape + " of " + shape.size());
    }
    if (kind == Kind.PLAIN) {
      return values.clone();
    }
    int outer = shape.dim(0);
    int area = kind == Kind.FLATTENED ? height * width : shape.dim(1) * shape.dim(2);
    int channels = kind == Kind.FLATTENED ? shape.dim(1) / Math.max(area, 1) : shape.dim(3);
    if ((long) outer * area * channels != values.length) {
      throw new NnException("layout: shape " + shape + " does not consist of maps of " + this);
    }
    float[] result = new float[values.length];
    for (int o = 0; o < outer; o++) {
      int start = o * area * channels;
      for (int a = 0; a < area; a++) {
        for (int c = 0; c < channels; c++) {
          int here = start + a * channels + c;
          int there = start + c * area + a;
          if (outwards) {
            result[there] = values[here];
          } else {
            result[here] = values[there];
          }
        }
      }
    }
    return result;
  }
}
