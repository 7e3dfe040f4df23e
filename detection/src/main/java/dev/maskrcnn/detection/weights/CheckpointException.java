package dev.maskrcnn.detection.weights;

/** A checkpoint that is missing, broken or of another model; the message is one line. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CheckpointException(String message) {
    super(message);
  }

  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
