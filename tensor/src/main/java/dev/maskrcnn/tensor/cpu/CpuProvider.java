package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.spi.Backend;
import dev.maskrcnn.tensor.spi.BackendProvider;

/**
 * Opens the CPU backend. The number of threads is {@code -Dmaskrcnn.threads=N}, else the
 * environment's {@code OMP_NUM_THREADS}, else all cores.
 */
public final class CpuProvider implements BackendProvider {
  @Override
  public String kind() {
    return "cpu";
  }

  @Override
  public Backend open(int index) {
    if (index != 0) {
      throw new DeviceException("device cpu:" + index + ": there is only one, cpu");
    }
    return new CpuBackend(threads());
  }

  /** How many threads a CPU device uses. */
  static int threads() {
    String wanted = System.getProperty("maskrcnn.threads", System.getenv("OMP_NUM_THREADS"));
    if (wanted == null || wanted.isBlank()) {
      return Runtime.getRuntime().availableProcessors();
    }
    try {
      int n = Integer.parseInt(wanted.trim());
      if (n >= 1) {
        return n;
      }
    } catch (NumberFormatException e) {
      // Falls through to the message below: the value is what matters, not the parser's words.
    }
    throw new DeviceException("device cpu: thread count '" + wanted + "' is not a number >= 1");
  }
}
