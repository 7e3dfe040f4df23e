package dev.maskrcnn.detection.weights;

import dev.maskrcnn.MaskRcnnException;

/** A checkpoint that is missing, broken or of another model; the message is one line. */
public final class CheckpointException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  public CheckpointException(String message) {
    super(Kind.WEIGHTS, message);
  }

  public CheckpointException(String message, Throwable cause) {
    super(Kind.WEIGHTS, message, cause);
  }
}
