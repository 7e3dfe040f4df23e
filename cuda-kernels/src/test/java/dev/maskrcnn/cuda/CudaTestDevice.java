package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.spi.DenseArray;
import java.util.List;

/**
 * The device under test: {@code -Dcuda.device=cuda:0}, else the emulation. If it cannot be opened
 * the tests are skipped with the reason, or fail where {@code -Dcuda.required=true}.
 */
final class CudaTestDevice {
  private CudaTestDevice() {}

  static Device open() {
    return open(DeviceOptions.fromSystemProperties());
  }

  static Device open(DeviceOptions options) {
    String name = name();
    try {
      return Device.open(name, options);
    } catch (DeviceException e) {
      if (Boolean.getBoolean("cuda.required")) {
        throw e;
      }
      System.err.println("SKIPPED: " + e.getMessage());
      return abort("skipped: " + e.getMessage());
    }
  }

  static String name() {
    return System.getProperty("cuda.device", "cuda-emulated");
  }

  static boolean emulated() {
    return name().startsWith("cuda-emulated");
  }

  /** The runtime under an opened device. */
  static CudaRuntime runtime(Device device) {
    return ((CudaBackend) device.backend()).runtime();
  }

  /** Tensors as a kernel gets them. */
  static List<DenseArray> arrays(List<Tensor> tensors) {
    return tensors.stream().map(t -> new DenseArray(t.spec(), t.storage())).toList();
  }
}
