package dev.maskrcnn.detection.convert;

/** Annotations cannot be converted; the message is one line for the user. */
public final class ConvertException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ConvertException(String message) {
    super(message);
  }

  ConvertException(String message, Throwable cause) {
    super(message, cause);
  }
}
