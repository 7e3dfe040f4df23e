package dev.maskrcnn.cuda;

import com.sun.jna.NativeLibrary;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.DeviceSetting;
import dev.maskrcnn.tensor.host.NativeFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import jcuda.LibUtils;
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
  static final String DRIVER_ADVICE =
      "Install the driver, mount it into the container (docker run --gpus all), or use the device"
          + " cpu";

  private static final String JCUDA_VERSION = "-12.6.0";
  private static final String TEMPORARY = "java.io.tmpdir";

  static final String STAND_IN = "libcuda.so.1";
  static final String EMULATED_KERNELS = "libmaskrcnn_kernels_emulated.so";

  /**
   * Loads the real driver; where there is none and {@code -Dcuda.emulation=true}, the emulation.
   *
   * @throws DeviceException if there is no driver
   */
  static CudaLibraries loadDriver(DeviceOptions options) {
    Optional<String> missing = missingDriver();
    if (missing.isPresent()) {
      if (options.flag(DeviceSetting.CUDA_EMULATION, false)) {
        return loadEmulation(options);
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
  static CudaLibraries loadEmulation(DeviceOptions options) {
    Path directory = emulationDirectory(options);
    for (Path needed : emulationFiles(directory)) {
      if (!Files.isRegularFile(needed)) {
        throw new DeviceException(
            "device cuda-emulated: "
                + needed
                + " does not exist. Build the module cuda-kernels where g++ is installed and name"
                + " its target/emulation with -D"
                + DeviceSetting.CUDA_EMULATION_FOLDER.property());
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

  /** Where the emulation was built. */
  static Path emulationDirectory(DeviceOptions options) {
    return Path.of(options.text(DeviceSetting.CUDA_EMULATION_FOLDER).orElse("target/emulation"))
        .toAbsolutePath();
  }

  /** The file of the driver or its stand-in, for the loader. */
  String driverFile() {
    return emulated ? emulation.resolve(STAND_IN).toString() : realDriver();
  }

  private static String realDriver() {
    return windows() ? "nvcuda" : STAND_IN;
  }

  /** Why the driver's library cannot be loaded, empty if it is. */
  static Optional<String> missingDriver() {
    NativeFolder.prepare();
    String library = realDriver();
    try {
      NativeLibrary.getInstance(library);
      return Optional.empty();
    } catch (UnsatisfiedLinkError e) {
      return Optional.of(library + " is not among the system's libraries");
    }
  }

  private static void loadJcuda(String device) {
    try {
      loadNative("JCudaDriver", () -> JCudaDriver.setExceptionsEnabled(false));
    } catch (LinkageError e) {
      throw NativeFolder.failure("device " + device, e);
    }
  }

  /**
   * Loads a native half of JCuda. Its loader runs whatever file of its name is in the folder for
   * temporary files, which others may write; so that folder is the user's own meanwhile, and holds
   * the library already.
   *
   * @param name of the library, without version
   * @param use initialises the class that loads it
   */
  static void loadNative(String name, Runnable use) {
    String library = LibUtils.createPlatformLibraryName(name + JCUDA_VERSION);
    NativeFolder.extract(CudaLibraries.class, "/lib/" + System.mapLibraryName(library));
    String temporary = System.getProperty(TEMPORARY);
    System.setProperty(TEMPORARY, NativeFolder.prepare().toString());
    try {
      use.run();
    } finally {
      System.setProperty(TEMPORARY, temporary);
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
