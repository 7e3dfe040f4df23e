package dev.maskrcnn.tensor.shape;

/** Shapes or element types that an op cannot take. */
public final class ShapeException extends TensorException {
  private static final long serialVersionUID = 1L;

  public ShapeException(String message) {
    super(message);
  }
}
