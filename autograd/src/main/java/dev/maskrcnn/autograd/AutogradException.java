package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.shape.TensorException;

/** Wrong use of variables or tapes, or a failed gradient check. */
public final class AutogradException extends TensorException {
  private static final long serialVersionUID = 1L;

  public AutogradException(String message) {
    super(message);
  }
}
