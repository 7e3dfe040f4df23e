package dev.maskrcnn.detection.log;

import dev.maskrcnn.MaskRcnnException;

/** A file of a run could not be read, written or understood; the message names the file. */
public final class RunFileException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what is wrong with which file, and what to do
   */
  public RunFileException(String message) {
    super(Kind.INPUT, message);
  }

  /**
   * @param message what is wrong with which file, and what to do
   * @param cause the failure underneath
   */
  public RunFileException(String message, Throwable cause) {
    super(Kind.INPUT, message, cause);
  }
}
