package dev.maskrcnn.tensor.shape;

import java.util.Objects;

/** Shape and element type: all that is known of a tensor before it has data. */
public record Spec(Shape shape, DType dtype) {
  public Spec {
    Objects.requireNonNull(shape);
    Objects.requireNonNull(dtype);
  }

  /** A spec of the given type and extents. */
  public static Spec of(DType dtype, int... dims) {
    return new Spec(Shape.of(dims), dtype);
  }

  /** Size of the dense data in bytes. */
  public long bytes() {
    return Math.multiplyExact(shape.size(), (long) dtype.bytes());
  }

  @Override
  public String toString() {
    return shape + " " + dtype;
  }
}
