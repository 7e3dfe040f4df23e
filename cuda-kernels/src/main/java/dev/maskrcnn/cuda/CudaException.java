package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.shape.TensorException;
import jcuda.driver.CUresult;

/** A call of the CUDA driver that failed, or a launch that cannot be. */
public final class CudaException extends TensorException {
  private static final long serialVersionUID = 1L;

  private final int code;

  CudaException(String message) {
    this(message, 0);
  }

  CudaException(String message, int code) {
    super(message);
    this.code = code;
  }

  /** The driver's {@code CUresult}, 0 if the error was found before the driver was asked. */
  public int code() {
    return code;
  }

  @Override
  public boolean outOfMemory() {
    return code == CUresult.CUDA_ERROR_OUT_OF_MEMORY;
  }
}
