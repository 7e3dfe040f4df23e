package dev.maskrcnn.tensor.device;

import dev.maskrcnn.tensor.shape.TensorException;

/** A device that does not exist, tensors of two devices in one op, or a missing kernel. */
public final class DeviceException extends TensorException {
  private static final long serialVersionUID = 1L;

  public DeviceException(String message) {
    super(message);
  }
}
