package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.DeviceSetting;
import dev.maskrcnn.tensor.shape.TensorException;
import dev.maskrcnn.tensor.spi.DeviceReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** The NVIDIA driver, its devices, the packed kernels, NVIDIA's libraries and the emulation. */
public final class CudaDoctor implements DeviceReport {
  private final Properties index;

  /** For the service loader. */
  public CudaDoctor() {
    this(CudaModules.index());
  }

  CudaDoctor(Properties index) {
    this.index = index;
  }

  @Override
  public String kind() {
    return "cuda";
  }

  @Override
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    Optional<String> missing = CudaLibraries.missingDriver();
    if (missing.isPresent()) {
      lines.add("driver: missing, " + missing.get() + ". " + CudaLibraries.DRIVER_ADVICE);
    } else {
      devices(lines);
    }
    kernels(lines);
    for (NvidiaLibrary library : NvidiaLibrary.values()) {
      lines.add(library.line());
    }
    lines.add(convolutions());
    lines.add(emulation());
    return lines;
  }

  private void devices(List<String> lines) {
    try {
      CudaLibraries libraries = CudaLibraries.loadDriver(DeviceOptions.fromSystemProperties());
      int count = CudaDeviceFacts.count(libraries);
      int driver = CudaDeviceFacts.driverVersion();
      lines.add(
          "driver: supports CUDA "
              + CudaDeviceFacts.version(driver)
              + CudaLibraries.loadedFrom("libcuda.so").map(path -> ", " + path).orElse(""));
      if (count == 0) {
        lines.add("devices: none. " + CudaDeviceFacts.DEVICE_ADVICE);
      }
      for (int i = 0; i < count; i++) {
        CudaDeviceFacts facts = CudaDeviceFacts.of(libraries, i);
        lines.add("device " + facts + suitability(facts));
      }
      compilerNewerThan(driver).ifPresent(lines::add);
    } catch (TensorException e) {
      lines.add(e.getMessage());
    }
  }

  private String suitability(CudaDeviceFacts facts) {
    boolean runs = index.isEmpty() || KernelArchitectures.of(index).run(facts.capability());
    return runs ? "" : ": the kernels of this jar do not run on it";
  }

  /** A driver loads machine code of toolkits up to its own major version. */
  private Optional<String> compilerNewerThan(int driver) {
    if (index.isEmpty()) {
      return Optional.empty();
    }
    String compiler = KernelArchitectures.of(index).compiler();
    int major = Integer.parseInt(compiler.replaceFirst("\\..*", ""));
    return major <= driver / 1000
        ? Optional.empty()
        : Optional.of(
            "driver: older than the kernels, which nvcc "
                + compiler
                + " built; update the driver or build with nvcc "
                + driver / 1000);
  }

  private void kernels(List<String> lines) {
    if (index.isEmpty()) {
      lines.add("kernels: missing. " + CudaModules.KERNELS_ADVICE);
      return;
    }
    int count = CudaModules.fileOfKernel(index).size();
    lines.add("kernels: " + count + ", for " + KernelArchitectures.of(index));
  }

  private static String convolutions() {
    try {
      return "convolutions: " + CudaSettings.of(DeviceOptions.fromSystemProperties(), false);
    } catch (TensorException e) {
      return "convolutions: " + e.getMessage();
    }
  }

  private static String emulation() {
    Path directory = CudaLibraries.emulationDirectory(DeviceOptions.fromSystemProperties());
    boolean built = CudaLibraries.emulationFiles(directory).stream().allMatch(Files::isRegularFile);
    return built
        ? "emulation: built, device cuda-emulated, " + directory
        : "emulation: not in "
            + directory
            + "; the tests of module cuda-kernels build it where g++ is installed, and -D"
            + DeviceSetting.CUDA_EMULATION_FOLDER.property()
            + " names its folder";
  }
}
