package dev.maskrcnn.detection.convert;

/** One shape is wrong and is left out; the message says why, the catcher adds where. */
final class ShapeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ShapeException(String message) {
    super(message);
  }
}
