package dev.maskrcnn.detection.download;

/** A connection that could not be made, broke or stalled: worth another try. */
final class BrokenConnectionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BrokenConnectionException(String message) {
    super(message);
  }

  BrokenConnectionException(String message, Throwable cause) {
    super(message, cause);
  }
}
