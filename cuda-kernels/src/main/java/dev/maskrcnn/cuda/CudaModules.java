package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/**
 * The kernels: fat binaries packed into the jar, one per {@code .cu} file, each loaded when the
 * first of its kernels is used; or the one shared library of the emulation. The packed index says
 * which kernel is in which file and for which architectures they were built.
 */
final class CudaModules implements AutoCloseable {
  /** Written by {@code src/main/cuda/build.sh}. */
  static final String INDEX = "kernels.properties";

  static final String KERNELS_ADVICE =
      "It was built without nvcc; build it where the CUDA toolkit is installed (nvcc on the PATH)";

  private static final String MODULE = "module.";

  private final Map<String, String> fileOf;
  private final Path emulated;
  private final Map<String, CUmodule> loaded = new HashMap<>();

  private CudaModules(Map<String, String> fileOf, Path emulated) {
    this.fileOf = fileOf;
    this.emulated = emulated;
  }

  /**
   * The kernels for a device.
   *
   * @throws DeviceException if the jar has none, or none that run on it
   */
  static CudaModules of(CudaLibraries libraries, CudaDeviceFacts facts) {
    if (libraries.emulated()) {
      return new CudaModules(Map.of(), libraries.emulatedKernels());
    }
    return packed(index(), facts);
  }

  /** The fat binaries that an index lists. */
  static CudaModules packed(Properties index, CudaDeviceFacts facts) {
    if (index.isEmpty()) {
      throw new DeviceException(
          "device " + facts.label() + ": this jar has no CUDA kernels. " + KERNELS_ADVICE);
    }
    KernelArchitectures.of(index).require(facts);
    return new CudaModules(fileOfKernel(index), null);
  }

  /** Kernel name to file name. */
  static Map<String, String> fileOfKernel(Properties index) {
    Map<String, String> files = new TreeMap<>();
    for (String key : index.stringPropertyNames()) {
      if (key.startsWith(MODULE)) {
        for (String kernel : index.getProperty(key).split(" ")) {
          files.put(kernel, key.substring(MODULE.length()));
        }
      }
    }
    return files;
  }

  /** The index of the packed kernels, empty if the jar has none. */
  static Properties index() {
    Properties index = new Properties();
    try (InputStream in = CudaModules.class.getResourceAsStream(INDEX)) {
      if (in != null) {
        index.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cuda kernels: " + INDEX + " in the jar is unreadable", e);
    }
    return index;
  }

  /** A kernel; loads its module if it is the first of it. */
  FunctionHandle find(String kernel) {
    CUmodule module;
    if (emulated != null) {
      module = loaded.computeIfAbsent(emulated.toString(), k -> loadEmulated());
    } else {
      String file = fileOf.get(kernel);
      if (file == null) {
        throw new CudaException(
            "kernel " + kernel + ": it is in none of the jar's " + fileOf.size() + " CUDA kernels");
      }
      module = loaded.computeIfAbsent(file, CudaModules::loadPacked);
    }
    FunctionHandle function = new FunctionHandle();
    int code = JCudaDriver.cuModuleGetFunction(function, module, kernel);
    CudaResult.check(code, "kernel " + kernel + ": looking it up");
    return function;
  }

  private CUmodule loadEmulated() {
    CUmodule module = new CUmodule();
    int code = JCudaDriver.cuModuleLoad(module, emulated.toString());
    CudaResult.check(code, "emulated kernels " + emulated + ": loading");
    return module;
  }

  private static CUmodule loadPacked(String file) {
    byte[] image;
    try (InputStream in = CudaModules.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new CudaException("cuda kernels: " + file + " is in the index but not in the jar");
      }
      image = in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cuda kernels: " + file + " in the jar is unreadable", e);
    }
    CUmodule module = new CUmodule();
    CudaResult.check(
        JCudaDriver.cuModuleLoadData(module, image),
        "cuda kernels " + file + ": loading; a driver older than the toolkit may be the cause");
    return module;
  }

  @Override
  public void close() {
    for (CUmodule module : loaded.values()) {
      CudaResult.check(JCudaDriver.cuModuleUnload(module), "cuda kernels: unloading");
    }
    loaded.clear();
  }
}
