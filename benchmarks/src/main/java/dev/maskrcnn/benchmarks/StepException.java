package dev.maskrcnn.benchmarks;

/** A measured step did not do the work that it should do, or was asked for wrongly. */
public final class StepException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  StepException(String message) {
    super(message);
  }
}
