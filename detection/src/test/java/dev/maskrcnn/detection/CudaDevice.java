package dev.maskrcnn.detection;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.device.DeviceException;

/**
 * The CUDA device for tests of whole models: {@code -Dcuda.device=cuda:0}, else the emulation. If
 * it cannot be opened the tests are skipped with the reason, or fail where {@code
 * -Dcuda.required=true}.
 */
public final class CudaDevice {
  private CudaDevice() {}

  /** Its name. */
  public static String name() {
    return System.getProperty("cuda.device", "cuda-emulated");
  }

  /** The device, opened. */
  public static Device open() {
    try {
      return Device.open(name());
    } catch (DeviceException e) {
      if (Boolean.getBoolean("cuda.required")) {
        throw e;
      }
      System.err.println("SKIPPED: " + e.getMessage());
      return abort("skipped: " + e.getMessage());
    }
  }
}
