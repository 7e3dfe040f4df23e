package dev.maskrcnn.detection.engine;

import dev.maskrcnn.MaskRcnnException;

/** A run that cannot start or go on; the message is one line for the user. */
public final class RunException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  public RunException(String message) {
    super(Kind.INPUT, message);
  }

  public RunException(String message, Throwable cause) {
    super(Kind.INPUT, message, cause);
  }
}
