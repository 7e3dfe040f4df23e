package dev.maskrcnn.nn.optim;

import dev.maskrcnn.MaskRcnnException;

/** Thrown when the numbers of a learning-rate schedule make no sense; the message is one line. */
public final class LrScheduleException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  LrScheduleException(String message) {
    super(Kind.CONFIGURATION, message);
  }
}
