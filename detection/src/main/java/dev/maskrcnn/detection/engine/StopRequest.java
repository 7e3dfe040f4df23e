package dev.maskrcnn.detection.engine;

import java.util.Optional;

/**
 * Asks a training run to end early but in good order: it finishes its step, writes a checkpoint and
 * says how to go on. Safe for use by several threads; the first request counts.
 */
public final class StopRequest {
  private volatile String reason;

  /**
   * Asks for the end.
   *
   * @param why in words for the log, {@code SIGINT} say
   */
  public synchronized void request(String why) {
    if (reason == null) {
      reason = why;
    }
  }

  /** Why to end; empty as long as nobody asked. */
  public Optional<String> reason() {
    return Optional.ofNullable(reason);
  }

  /** Whether somebody asked. */
  public boolean requested() {
    return reason != null;
  }
}
