package dev.maskrcnn.tensor.shape;

import dev.maskrcnn.MaskRcnnException;

/**
 * Root of this module's errors. Messages read {@code op: what is wrong, got …, expected … at module
 * path}.
 */
public class TensorException extends MaskRcnnException {
  private static final long serialVersionUID = 1L;

  public TensorException(String message) {
    super(Kind.DEVICE, message);
  }

  public TensorException(String message, Throwable cause) {
    super(Kind.DEVICE, message, cause);
  }

  /** True if a device had not so much memory left; with less held it may work. */
  public boolean outOfMemory() {
    return false;
  }
}
