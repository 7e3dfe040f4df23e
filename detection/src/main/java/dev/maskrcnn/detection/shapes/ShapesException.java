package dev.maskrcnn.detection.shapes;

import dev.maskrcnn.MaskRcnnException;

/** A shapes data set could not be made; the message names the folder and says what to do. */
public final class ShapesException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  ShapesException(String message) {
    super(Kind.DATA, message);
  }

  ShapesException(String message, Throwable cause) {
    super(Kind.DATA, message, cause);
  }
}
