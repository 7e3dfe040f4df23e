package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.shape.TensorException;

/** A tensor or frame was used after its frame closed, or a frame closed out of order. */
public final class FrameClosedException extends TensorException {
  private static final long serialVersionUID = 1L;

  public FrameClosedException(String message) {
    super(message);
  }
}
