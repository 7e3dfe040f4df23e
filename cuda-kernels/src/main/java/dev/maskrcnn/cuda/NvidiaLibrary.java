package dev.maskrcnn.cuda;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.ptr.IntByReference;
import java.util.Optional;

/**
 * Libraries of NVIDIA for convolutions and matrix products. JCuda's native halves load them by
 * their file names; here they are looked for before, and asked for their version.
 */
enum NvidiaLibrary {
  CUBLAS(
      "cuBLAS",
      "libcublas.so.12",
      "the CUDA toolkit 12 (package libcublas-12-x, of pip nvidia-cublas-cu12)") {
    @Override
    String version(NativeLibrary library) {
      Function property = library.getFunction("cublasGetProperty");
      StringBuilder version = new StringBuilder();
      for (int part = 0; part < 3; part++) {
        IntByReference value = new IntByReference();
        property.invokeInt(new Object[] {part, value});
        version.append(part == 0 ? "" : ".").append(value.getValue());
      }
      return version.toString();
    }
  },
  CUDNN(
      "cuDNN",
      "libcudnn.so.9",
      "NVIDIA's cuDNN 9 (package cudnn9-cuda-12, of pip nvidia-cudnn-cu12)") {
    @Override
    String version(NativeLibrary library) {
      long version = library.getFunction("cudnnGetVersion").invokeLong(new Object[0]);
      return version / 10_000 + "." + version / 100 % 100 + "." + version % 100;
    }
  };

  private static final String CUBLAS_13 = "libcublas.so.13";

  private final String title;
  private final String file;
  private final String source;

  NvidiaLibrary(String title, String file, String source) {
    this.title = title;
    this.file = file;
    this.source = source;
  }

  abstract String version(NativeLibrary library);

  /** Name of the file, as the loader asks for it. */
  String file() {
    return file;
  }

  /** Why the library cannot be used, with the way to get it; empty if it can. */
  Optional<String> missing() {
    if (there(file)) {
      return Optional.empty();
    }
    String advice =
        this == CUBLAS && there(CUBLAS_13)
            ? CUBLAS_13 + " is there: build the forwarder benchmarks/gpu/cublas12.c for it"
            : "it comes with " + source;
    return Optional.of(
        file
            + " is not among the system's libraries (LD_LIBRARY_PATH, or -Djna.library.path, names"
            + " its folder); "
            + advice);
  }

  private static boolean there(String name) {
    try {
      NativeLibrary.getInstance(name);
      return true;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  /** Version and path, or how to get it. */
  String line() {
    try {
      String version = version(NativeLibrary.getInstance(file));
      Optional<String> path = CudaLibraries.loadedFrom(file.replaceFirst("\\.\\d+$", ""));
      return title + ": " + version + path.map(p -> ", " + p).orElse("");
    } catch (UnsatisfiedLinkError e) {
      return title + ": missing, " + missing().orElse(file);
    }
  }
}
