package dev.maskrcnn.detection.convert;

import dev.maskrcnn.MaskRcnnException;

/** One shape is wrong and is left out; the message says why, the catcher adds where. */
final class BadShapeException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  BadShapeException(String message) {
    super(Kind.DATA, message);
  }
}
