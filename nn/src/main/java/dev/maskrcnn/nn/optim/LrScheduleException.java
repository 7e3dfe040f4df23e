package dev.maskrcnn.nn.optim;

/** Thrown when the numbers of a learning-rate schedule make no sense; the message is one line. */
public final class LrScheduleException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  LrScheduleException(String message) {
    super(message);
  }
}
