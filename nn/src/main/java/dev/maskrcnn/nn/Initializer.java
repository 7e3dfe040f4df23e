package dev.maskrcnn.nn;

import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.shape.Shape;

/**
 * First values of a parameter. All randomness comes from the given stream, element i from index i,
 * so a seed determines a model.
 */
@FunctionalInterface
public interface Initializer {
  /**
   * Values in the order used here.
   *
   * @param checkpointShape extents in PyTorch's order, on which fan-in and fan-out are defined
   */
  float[] values(Shape checkpointShape, Philox random);

  /** The same number everywhere. */
  static Initializer constant(double value) {
    return (shape, random) -> {
      float[] a = new float[Math.toIntExact(shape.size())];
      java.util.Arrays.fill(a, (float) value);
      return a;
    };
  }

  /** N(0, deviation²). */
  static Initializer normal(double deviation) {
    return (shape, random) -> {
      float[] a = new float[Math.toIntExact(shape.size())];
      for (int i = 0; i < a.length; i++) {
        a[i] = (float) (deviation * random.normal(i));
      }
      return a;
    };
  }

  /** U(−limit, limit). */
  static Initializer uniform(double limit) {
    return (shape, random) -> {
      float[] a = new float[Math.toIntExact(shape.size())];
      for (int i = 0; i < a.length; i++) {
        a[i] = (float) (limit * (2.0 * random.uniform(i) - 1));
      }
      return a;
    };
  }

  /** {@code kaiming_uniform_(a=1)}: U(±√(3/fan_in)). */
  static Initializer kaimingUniform() {
    return (shape, random) -> uniform(Math.sqrt(3.0 / fanIn(shape))).values(shape, random);
  }

  /** {@code kaiming_normal_(mode=fan_out, nonlinearity=relu)}: N(0, 2/fan_out). */
  static Initializer kaimingNormalFanOut() {
    return (shape, random) -> normal(Math.sqrt(2.0 / fanOut(shape))).values(shape, random);
  }

  /** Inputs of one output: all extents but the first. */
  static long fanIn(Shape checkpointShape) {
    return checkpointShape.size(1, checkpointShape.rank());
  }

  /** The first extent times the receptive field, as PyTorch has it (also where transposed). */
  static long fanOut(Shape checkpointShape) {
    return checkpointShape.dim(0) * checkpointShape.size(2, checkpointShape.rank());
  }
}
