package dev.maskrcnn.detection.data;

import dev.maskrcnn.MaskRcnnException;

/** Data or settings that cannot be made into batches; the message is one line and says where. */
public final class DataException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  /** With a message of the form "what: what is wrong, got .., expected ..; what to do". */
  public DataException(String message) {
    super(Kind.DATA, message);
  }

  /** As above, with the cause. */
  public DataException(String message, Throwable cause) {
    super(Kind.DATA, message, cause);
  }
}
