package dev.maskrcnn.tensor.shape;

/**
 * Root of this module's errors. Messages read {@code op: what is wrong, got …, expected … at module
 * path}.
 */
public class TensorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TensorException(String message) {
    super(message);
  }

  public TensorException(String message, Throwable cause) {
    super(message, cause);
  }

  /** True if a device had not so much memory left; with less held it may work. */
  public boolean outOfMemory() {
    return false;
  }
}
