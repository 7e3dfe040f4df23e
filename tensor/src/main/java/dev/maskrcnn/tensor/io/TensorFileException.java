package dev.maskrcnn.tensor.io;

/** A tensor file cannot be read or written; the message is one line that names file and reason. */
public final class TensorFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A problem with what the file or tensor says. */
  public TensorFileException(String message) {
    super(message);
  }

  /** A problem that the file system or the JSON parser reported. */
  public TensorFileException(String message, Throwable cause) {
    super(message, cause);
  }
}
