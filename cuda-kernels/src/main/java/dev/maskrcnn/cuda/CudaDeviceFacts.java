package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/**
 * What a device is.
 *
 * @param label the name to open it by, {@code cuda:0}
 * @param product its maker's name
 * @param capability compute capability, 10 · major + minor
 * @param memoryBytes all of its memory
 * @param multiprocessors number of SMs
 * @param driver version that the driver supports, 1000 · major + 10 · minor
 */
record CudaDeviceFacts(
    String label,
    String product,
    int capability,
    long memoryBytes,
    int multiprocessors,
    int driver) {

  static final String DEVICE_ADVICE =
      "Is a GPU built in and is it visible (nvidia-smi, CUDA_VISIBLE_DEVICES)?";

  /** Part of the name of every emulated device. */
  private static final String EMULATED = "emulated";

  /**
   * Asks the driver, which must be loaded.
   *
   * @throws DeviceException if there is no device of that index
   */
  static CudaDeviceFacts of(CudaLibraries libraries, int index) {
    String label = libraries.kind() + ":" + index;
    int count = count(libraries);
    if (index < 0 || index >= count) {
      throw new DeviceException(
          "device "
              + label
              + ": there is no such device, the driver shows "
              + count
              + (count == 0 ? ". " + DEVICE_ADVICE : " (0 to " + (count - 1) + ")"));
    }
    CUdevice device = new CUdevice();
    CudaResult.check(JCudaDriver.cuDeviceGet(device, index), label + ": device");
    byte[] name = new byte[256];
    CudaResult.check(JCudaDriver.cuDeviceGetName(name, name.length, device), label + ": name");
    long[] memory = new long[1];
    CudaResult.check(JCudaDriver.cuDeviceTotalMem(memory, device), label + ": memory");
    int major =
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, label);
    int minor =
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, label);
    int sms = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, label);
    String product = new String(name, StandardCharsets.UTF_8).replaceAll("\0.*", "").strip();
    requireKind(libraries, label, product);
    return new CudaDeviceFacts(label, product, 10 * major + minor, memory[0], sms, driverVersion());
  }

  /** Number of devices; the driver is initialised. */
  static int count(CudaLibraries libraries) {
    String label = libraries.kind();
    int code = JCudaDriver.cuInit(0);
    if (code == jcuda.driver.CUresult.CUDA_ERROR_NO_DEVICE) {
      return 0;
    }
    if (code != 0) {
      throw new DeviceException(
          "device "
              + label
              + ": the driver does not start: "
              + CudaResult.describe(code)
              + ". Do the versions of kernel module and library agree (nvidia-smi)?");
    }
    int[] count = new int[1];
    CudaResult.check(JCudaDriver.cuDeviceGetCount(count), label + ": number of devices");
    return count[0];
  }

  /** The newest CUDA that the driver supports. */
  static int driverVersion() {
    int[] version = new int[1];
    CudaResult.check(JCudaDriver.cuDriverGetVersion(version), "cuda: version of the driver");
    return version[0];
  }

  private static int attribute(CUdevice device, int which, String label) {
    int[] value = new int[1];
    CudaResult.check(
        JCudaDriver.cuDeviceGetAttribute(value, which, device), label + ": attribute " + which);
    return value[0];
  }

  /** A process can have only one of driver and emulation: whichever was loaded first. */
  private static void requireKind(CudaLibraries libraries, String label, String product) {
    boolean emulated = product.toLowerCase(Locale.ROOT).contains(EMULATED);
    if (emulated != libraries.emulated()) {
      throw new DeviceException(
          "device "
              + label
              + ": this process already uses the "
              + (emulated ? "emulated" : "real")
              + " driver ("
              + product
              + "); the other needs a process of its own");
    }
  }

  /** {@code 12.4} for 12040. */
  static String version(int driver) {
    return driver / 1000 + "." + driver % 1000 / 10;
  }

  /** Compute capability as it is written, {@code 9.0}. */
  String capabilityText() {
    return capability / 10 + "." + capability % 10;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s: %s, compute capability %s, %d multiprocessors, %.1f GiB",
        label,
        product,
        capabilityText(),
        multiprocessors,
        memoryBytes / (double) (1L << 30));
  }
}
