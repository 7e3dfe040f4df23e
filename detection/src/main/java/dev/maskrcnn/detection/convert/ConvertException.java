package dev.maskrcnn.detection.convert;

import dev.maskrcnn.MaskRcnnException;

/** Annotations cannot be converted; the message is one line for the user. */
public final class ConvertException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  ConvertException(String message) {
    super(Kind.DATA, message);
  }

  ConvertException(String message, Throwable cause) {
    super(Kind.DATA, message, cause);
  }
}
