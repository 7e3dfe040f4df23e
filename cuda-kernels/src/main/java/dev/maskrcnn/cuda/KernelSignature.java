package dev.maskrcnn.cuda;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import java.util.Optional;

/**
 * What the driver knows of the parameters of kernels: their sizes and, under emulation, their
 * kinds. A launcher's arguments are compared with it when a kernel is first launched, because the
 * driver itself takes whatever block it is given. A driver before 12.4 cannot tell; then nothing is
 * compared.
 */
final class KernelSignature {
  private static final int SUCCESS = 0;
  private static final int INVALID_VALUE = 1;

  private final Optional<Function> sizes;
  private final Optional<Function> kinds;

  private KernelSignature(Optional<Function> sizes, Optional<Function> kinds) {
    this.sizes = sizes;
    this.kinds = kinds;
  }

  /** That of the loaded driver. */
  static KernelSignature of(CudaLibraries libraries) {
    String driver = libraries.driverFile();
    return new KernelSignature(
        find(driver, "cuFuncGetParamInfo"), find(driver, "emulation_parameter_kind"));
  }

  private static Optional<Function> find(String library, String name) {
    try {
      return Optional.of(NativeLibrary.getInstance(library).getFunction(name));
    } catch (UnsatisfiedLinkError e) {
      return Optional.empty(); // An older driver, or the real one, which has no kinds.
    }
  }

  /**
   * Compares arguments with the parameters of a kernel.
   *
   * @throws CudaException naming the kernel and what does not fit
   */
  void require(String kernel, FunctionHandle handle, Arguments arguments) {
    if (sizes.isEmpty()) {
      return;
    }
    Pointer function = new Pointer(handle.address());
    LongByReference offset = new LongByReference();
    LongByReference size = new LongByReference();
    for (int i = 0; ; i++) {
      int code = sizes.get().invokeInt(new Object[] {function, (long) i, offset, size});
      if (code == INVALID_VALUE) {
        requireCount(kernel, i, arguments.count());
        return;
      }
      if (code != SUCCESS) {
        return; // The driver cannot tell for this kernel.
      }
      if (i < arguments.count()) {
        requireFit(kernel, i, size.getValue(), kind(function, i), arguments.kind(i));
      }
    }
  }

  private static void requireCount(String kernel, int expected, int given) {
    if (given != expected) {
      throw new CudaException(
          "kernel " + kernel + ": launched with " + given + " arguments, it has " + expected);
    }
  }

  private static void requireFit(
      String kernel, int index, long size, Optional<String> kind, Arguments.Kind given) {
    if (size != given.bytes() || kind.isPresent() && !kind.get().equals(given.word())) {
      throw new CudaException(
          "kernel "
              + kernel
              + ": argument "
              + index
              + " is "
              + given
              + ", expected "
              + kind.map(k -> k + " of " + size + " bytes").orElse(size + " bytes"));
    }
  }

  private Optional<String> kind(Pointer function, int index) {
    return kinds.map(f -> f.invokeString(new Object[] {function, (long) index}, false));
  }
}
