package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.shape.TensorException;

/** oneDNN refused a primitive or failed to run one. */
public final class OneDnnException extends TensorException {
  private static final long serialVersionUID = 1L;

  OneDnnException(String call, int status, Object what) {
    super("onednn: " + call + " gave status " + status + " (" + name(status) + ") for " + what);
  }

  private static String name(int status) {
    return switch (status) {
      case 1 -> "out of memory";
      case 2 -> "invalid arguments";
      case 3 -> "unimplemented";
      case 5 -> "runtime error";
      default -> "see dnnl_status_t";
    };
  }
}
