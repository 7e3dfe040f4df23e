package dev.maskrcnn.detection.engine;

import java.util.Optional;

/**
 * Asks a training run to end early but in good order: it finishes its step and writes a checkpoint.
 * Safe for use by several threads; the first request counts.
 */
public final class StopRequest {
  private volatile String reason;
  private volatile boolean finished;

  /**
   * Interrupts the run: it says how to go on, and evaluates nothing.
   *
   * @param why in words for the log, {@code SIGINT} say
   */
  public synchronized void request(String why) {
    if (reason == null) {
      reason = why;
    }
  }

  /**
   * Ends the training because it is good enough: the run writes its final model, evaluates it and
   * leaves a report, as at its last iteration.
   */
  public void finish() {
    finished = true;
  }

  /** Why it was interrupted; empty as long as it was not. */
  public Optional<String> reason() {
    return Optional.ofNullable(reason);
  }

  /** Whether somebody interrupted the run. */
  public boolean requested() {
    return reason != null;
  }

  /** Whether the training is good enough. */
  public boolean finished() {
    return finished;
  }

  /** Whether no iteration is to follow, for either reason. */
  public boolean ends() {
    return finished || requested();
  }
}
