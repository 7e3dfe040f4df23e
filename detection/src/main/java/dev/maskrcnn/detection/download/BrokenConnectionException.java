package dev.maskrcnn.detection.download;

import dev.maskrcnn.MaskRcnnException;

/** A connection that could not be made, broke or stalled: worth another try. */
final class BrokenConnectionException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  BrokenConnectionException(String message) {
    super(Kind.INPUT, message);
  }

  BrokenConnectionException(String message, Throwable cause) {
    super(Kind.INPUT, message, cause);
  }
}
