package dev.maskrcnn.nn;

import dev.maskrcnn.tensor.shape.TensorException;

/** A layer, parameter or optimiser was set up or used wrongly. */
public final class NnException extends TensorException {
  private static final long serialVersionUID = 1L;

  public NnException(String message) {
    super(message);
  }
}
