package dev.maskrcnn.tensor.io;

import dev.maskrcnn.MaskRcnnException;

/** A tensor file cannot be read or written; the message is one line that names file and reason. */
public final class TensorFileException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  /** A problem with what the file or tensor says. */
  public TensorFileException(String message) {
    super(Kind.WEIGHTS, message);
  }

  /** A problem that the file system or the JSON parser reported. */
  public TensorFileException(String message, Throwable cause) {
    super(Kind.WEIGHTS, message, cause);
  }
}
