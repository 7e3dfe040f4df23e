package dev.maskrcnn.detection.weights;

/** A pickle is damaged, or has something in it that weights do not consist of. */
final class PickleException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PickleException(String message) {
    super(message);
  }
}
