package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.spi.DenseArray;

/** The kernels {@code name_f32}, {@code name_f16} and {@code name_bf16} of one {@code .cu} file. */
record TypedKernel(KernelFunction f32, KernelFunction f16, KernelFunction bf16) {

  static TypedKernel of(CudaRuntime cuda, String name) {
    return new TypedKernel(
        cuda.function(name + "_f32"), cuda.function(name + "_f16"), cuda.function(name + "_bf16"));
  }

  /**
   * The kernel for the element type of an operand.
   *
   * @throws DeviceException if there is none
   */
  KernelFunction of(Op op, DenseArray operand) {
    DType type = operand.spec().dtype();
    return switch (type) {
      case F32 -> f32;
      case F16 -> f16;
      case BF16 -> bf16;
      default ->
          throw new DeviceException(
              op.label() + ": no cuda kernel for " + type + ", expected f32, f16 or bf16; cast it");
    };
  }

  /** Elements that a thread moves with one 16-byte access. */
  static int perAccess(DenseArray operand) {
    return 16 / operand.spec().dtype().bytes();
  }
}
