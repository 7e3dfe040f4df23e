package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.DeviceSetting;
import java.util.Optional;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/**
 * What was launched since the last wait, so that a fault, which the driver reports at some later
 * call and without a name, can be told with the kernels that may have made it. With {@code
 * -Dcuda.debug=sync} each launch is waited for, which names the kernel.
 */
final class LaunchLog {
  private static final int KEPT = 8;

  private final String device;
  private final CUstream stream;
  private final boolean eachLaunch;
  private final KernelFunction[] kernels = new KernelFunction[KEPT];
  private final Launch[] shapes = new Launch[KEPT];
  private long issued;
  private boolean faulted;

  LaunchLog(String device, CUstream stream, DeviceOptions options) {
    this(device, stream, options.text(DeviceSetting.CUDA_DEBUG).equals(Optional.of("sync")));
  }

  LaunchLog(String device, CUstream stream, boolean eachLaunch) {
    this.device = device;
    this.stream = stream;
    this.eachLaunch = eachLaunch;
  }

  /** True once the device reported a fault; its context is then of no more use. */
  boolean faulted() {
    return faulted;
  }

  void launched(KernelFunction kernel, Launch shape, int code) {
    if (code != CUresult.CUDA_SUCCESS) {
      if (isFault(code)) {
        throw fault(code, "at the launch of " + kernel);
      }
      throw new CudaException(
          device
              + ": kernel "
              + kernel
              + " was not launched, "
              + shape
              + ": "
              + CudaResult.describe(code),
          code);
    }
    int slot = (int) (issued++ % KEPT);
    kernels[slot] = kernel;
    shapes[slot] = shape;
    if (eachLaunch) {
      settle(JCudaDriver.cuStreamSynchronize(stream), "waiting for it");
    }
  }

  /** Looks at the return code of a call that waits; after success the log starts anew. */
  void settle(int code, String what) {
    check(code, what);
    issued = 0;
  }

  /** Looks at the return code of a call that may also report an earlier fault. */
  void check(int code, String what) {
    if (code == CUresult.CUDA_SUCCESS) {
      return;
    }
    if (isFault(code)) {
      throw fault(code, "while " + what);
    }
    throw new CudaException(device + ": " + what + ": " + CudaResult.describe(code), code);
  }

  private CudaException fault(int code, String when) {
    faulted = true;
    String told = CudaResult.describe(code);
    return new CudaException(
        device + ": " + suspects() + " failed: " + told + ", found " + when + advice(), code);
  }

  private String suspects() {
    if (issued == 0) {
      return "earlier work";
    }
    if (issued == 1) {
      return "kernel " + kernels[0] + " (" + shapes[0] + ")";
    }
    StringBuilder names = new StringBuilder("one of the last " + issued + " kernels (");
    long first = Math.max(0, issued - KEPT);
    names.append(first > 0 ? "…, " : "");
    for (long i = first; i < issued; i++) {
      names.append(i == first ? "" : ", ").append(kernels[(int) (i % KEPT)]);
    }
    return names.append(')').toString();
  }

  private String advice() {
    return eachLaunch || issued == 1
        ? ". The device must be opened anew"
        : ". Run again with -Dcuda.debug=sync to learn which";
  }

  /** Codes that a kernel leaves behind and that every later call repeats. */
  private static boolean isFault(int code) {
    return switch (code) {
      case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
          CUresult.CUDA_ERROR_ASSERT,
          CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
          CUresult.CUDA_ERROR_INVALID_PC,
          CUresult.CUDA_ERROR_LAUNCH_FAILED,
          CUresult.CUDA_ERROR_ECC_UNCORRECTABLE ->
          true;
      default -> false;
    };
  }
}
