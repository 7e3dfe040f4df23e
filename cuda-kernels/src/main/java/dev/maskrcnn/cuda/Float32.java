package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.spi.KernelCall;

/**
 * The type of boxes and of all that decides: always float32, whatever the activations have, since
 * half precision cannot tell neighbouring pixels apart beyond 2,048.
 */
final class Float32 {
  private Float32() {}

  /**
   * Checks the operands of a call.
   *
   * @throws DeviceException if one of them has another floating type
   */
  static void require(KernelCall<?> call) {
    for (int i = 0; i < call.inputs().size(); i++) {
      require(call, i);
    }
  }

  /**
   * Checks one operand of a call.
   *
   * @throws DeviceException if it has another floating type
   */
  static void require(KernelCall<?> call, int input) {
    DType type = call.in(input).spec().dtype();
    if (type.isFloat() && type != DType.F32) {
      throw new DeviceException(
          call.op().label() + ": no cuda kernel for " + type + ", expected f32; cast the boxes");
    }
  }
}
