package dev.maskrcnn.tensor;

import dev.maskrcnn.MaskRcnnException;

/** A value that is not finite came out of an op; see {@link AnomalyDetector}. */
public final class AnomalyException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  /** An exception whose message is one line for the user. */
  public AnomalyException(String message) {
    super(Kind.DATA, message);
  }
}
