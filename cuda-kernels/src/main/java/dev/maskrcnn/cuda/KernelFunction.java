package dev.maskrcnn.cuda;

import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;

/**
 * A kernel by name. It is looked up in the loaded modules at its first use, so that what a run does
 * not use is not loaded onto the device either.
 */
final class KernelFunction {
  /** Dynamic shared memory that every launch may have; for more the function must be told. */
  private static final int SHARED_WITHOUT_ASKING = 48 << 10;

  private final CudaRuntime cuda;
  private final String name;
  private FunctionHandle handle;
  private boolean compared;
  private int sharedLimit = SHARED_WITHOUT_ASKING;

  KernelFunction(CudaRuntime cuda, String name) {
    this.cuda = cuda;
    this.name = name;
  }

  /** Name in the {@code .cu} file. */
  String name() {
    return name;
  }

  /**
   * Enqueues the kernel on the runtime's stream and returns at once; an empty grid does nothing.
   *
   * @throws CudaException naming kernel, code, grid and block if the driver refuses the launch; or,
   *     at the first launch, what does not fit the kernel's parameters
   */
  void launch(Launch shape, Arguments arguments) {
    if (shape.isEmpty()) {
      return;
    }
    cuda.bind();
    FunctionHandle function = handle();
    if (!compared) {
      cuda.signature().require(name, function, arguments);
      compared = true;
    }
    if (shape.sharedBytes() > sharedLimit) {
      raiseSharedLimit(function, shape.sharedBytes());
    }
    int code =
        JCudaDriver.cuLaunchKernel(
            function,
            (int) shape.gridX(),
            shape.gridY(),
            shape.gridZ(),
            shape.block(),
            1,
            1,
            shape.sharedBytes(),
            cuda.stream(),
            arguments.block(),
            null);
    cuda.launched(this, shape, code);
  }

  /** Registers per thread. */
  int registers() {
    return attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_NUM_REGS);
  }

  /** Bytes of local memory per thread; more than a kernel's own arrays means spills. */
  int localBytes() {
    return attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES);
  }

  /** Largest block that the kernel's registers and launch bounds allow. */
  int blockLimit() {
    return attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
  }

  private int attribute(int which) {
    int[] value = new int[1];
    CudaResult.check(JCudaDriver.cuFuncGetAttribute(value, which, handle()), name + ": attribute");
    return value[0];
  }

  /** The driver's handle, looked up once. */
  FunctionHandle handle() {
    if (handle == null) {
      handle = cuda.modules().find(name);
    }
    return handle;
  }

  private void raiseSharedLimit(CUfunction function, int bytes) {
    int which = CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
    CudaResult.check(
        JCudaDriver.cuFuncSetAttribute(function, which, bytes),
        name + ": " + bytes + " bytes of dynamic shared memory");
    sharedLimit = bytes;
  }

  @Override
  public String toString() {
    return name;
  }
}
