package dev.maskrcnn.detection.shapes;

/** A shapes data set could not be made; the message names the folder and says what to do. */
public final class ShapesException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ShapesException(String message) {
    super(message);
  }

  ShapesException(String message, Throwable cause) {
    super(message, cause);
  }
}
