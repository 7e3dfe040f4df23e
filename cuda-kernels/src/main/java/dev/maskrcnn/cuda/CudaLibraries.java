package dev.maskrcnn.cuda;

import com.sun.jna.NativeLibrary;
import dev.maskrcnn.tensor.device.DeviceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import jcuda.driver.JCudaDriver;

/**
 * The driver library that this process uses: the real one, or the emulation's stand-in. JCuda's
 * native library asks the loader for {@code libcuda.so.1}; whichever library of that name (SONAME)
 * was loaded before answers, so the choice is made once per process, at the first opening of a
 * device. Nothing is loaded before.
 *
 * @param emulated true for the stand-in
 * @param emulation directory of the stand-in and its kernels, null for the real driver
 */
record CudaLibraries(boolean emulated, Path emulation) {
  /** Where the build put {@value #STAND_IN} and {@value #EMULATED_KERNELS}. */
  static final String EMULATION_DIRECTORY = "cuda.emulation.dir";

  static final String DRIVER_ADVICE =
      "Install the driver, mount it into the container (docker run --gpus all), or use the device"
          + " cpu";

  static final String STAND_IN = "libcuda.so.1";
  static final String EMULATED_KERNELS = "libmaskrcnn_kernels_emulated.so";

  /**
   * Loads the real driver; where there is none and {@code -Dcuda.emulation=true}, the emulation.
   *
   * @throws DeviceException if there is no driver
   */
  static CudaLibraries loadDriver() {
    Optional<String> missing = missingDriver();
    if (missing.isPresent()) {
      if (Boolean.getBoolean("cuda.emulation")) {
        return loadEmulation();
      }
      throw new DeviceException(
          "device cuda: no NVIDIA driver: " + missing.get() + ". " + DRIVER_ADVICE);
    }
    loadJcuda("cuda");
    return new CudaLibraries(false, null);
  }

  /**
   * Loads the emulation.
   *
   * @throws DeviceException if it was not built
   */
  static CudaLibraries loadEmulation() {
    Path directory = emulationDirectory();
    for (Path needed : emulationFiles(directory)) {
      if (!Files.isRegularFile(needed)) {
        throw new DeviceException(
            "device cuda-emulated: "
                + needed
                + " does not exist. Build the module cuda-kernels where g++ is installed and name"
                + " its target/emulation with -D"
                + EMULATION_DIRECTORY);
      }
    }
    for (Path standIn : standIns(directory)) {
      try {
        System.load(standIn.toString());
      } catch (UnsatisfiedLinkError e) {
        throw new DeviceException(
            "device cuda-emulated: " + standIn + " does not load: " + firstLine(e));
      }
    }
    loadJcuda("cuda-emulated");
    return new CudaLibraries(true, directory);
  }

  /** The driver's stand-in first, on which the others depend. */
  private static List<Path> standIns(Path directory) {
    return Stream.concat(
            Stream.of(STAND_IN), Stream.of(NvidiaLibrary.values()).map(NvidiaLibrary::file))
        .map(directory::resolve)
        .toList();
  }

  /** All files of the emulation. */
  static List<Path> emulationFiles(Path directory) {
    List<Path> all = new ArrayList<>(standIns(directory));
    all.add(directory.resolve(EMULATED_KERNELS));
    return all;
  }

  /** {@code -Dcuda.emulation.dir}, else {@code target/emulation}. */
  static Path emulationDirectory() {
    return Path.of(System.getProperty(EMULATION_DIRECTORY, "target/emulation")).toAbsolutePath();
  }

  /** Why the driver's library cannot be loaded, empty if it is. */
  static Optional<String> missingDriver() {
    String library = windows() ? "nvcuda" : STAND_IN;
    try {
      NativeLibrary.getInstance(library);
      return Optional.empty();
    } catch (UnsatisfiedLinkError e) {
      return Optional.of(library + " is not among the system's libraries");
    }
  }

  private static void loadJcuda(String device) {
    try {
      JCudaDriver.setExceptionsEnabled(false);
    } catch (LinkageError e) {
      throw new DeviceException(
          "device "
              + device
              + ": JCuda's native library does not load on "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + ": "
              + firstLine(e)
              + ". This jar must be built for this platform");
    }
  }

  /** The file that answers as a library in this process, where the system tells. */
  static Optional<String> loadedFrom(String fragment) {
    Path maps = Path.of("/proc/self/maps");
    if (!Files.isReadable(maps)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(maps)) {
      return lines
          .filter(line -> line.contains(fragment) && line.indexOf('/') >= 0)
          .map(line -> line.substring(line.indexOf('/')))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The kind of device: the name before the colon. */
  String kind() {
    return emulated ? "cuda-emulated" : "cuda";
  }

  /** The emulation's kernels. */
  Path emulatedKernels() {
    return emulation.resolve(EMULATED_KERNELS);
  }

  private static boolean windows() {
    return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");
  }

  private static String firstLine(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message.lines().findFirst().orElse("");
  }
}
