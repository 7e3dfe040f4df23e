package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.DType;
import dev.maskrcnn.tensor.Spec;
import dev.maskrcnn.tensor.Tensor;

/**
 * A parameter of {@link MultiTensorSgdCuda}. The tensors remain their owner's.
 *
 * @param name for messages
 * @param value F32 master weights, overwritten by each step
 * @param momentum F32 of the same shape, overwritten; zeros before the first step
 * @param copy what the network reads: F32, F16 or BF16 of the same shape, overwritten by the
 *     rounded weights; null if it reads {@code value}
 * @param rule the factor of the learning rate and the weight decay
 */
public record SgdParameter(String name, Tensor value, Tensor momentum, Tensor copy, Rule rule) {

  /**
   * @param rateFactor factor of the learning rate (2 for biases in the original)
   * @param decay weight decay (0 for biases in the original)
   */
  public record Rule(double rateFactor, double decay) {}

  public SgdParameter {
    require(name, "value", value.spec(), new Spec(value.shape(), DType.F32));
    require(name, "momentum", momentum.spec(), new Spec(value.shape(), DType.F32));
    if (copy != null) {
      require(name, "copy", copy.spec(), new Spec(value.shape(), copy.spec().dtype()));
      typeCode(name + ": copy", copy.spec().dtype());
    }
  }

  private static void require(String name, String role, Spec actual, Spec expected) {
    if (!actual.equals(expected)) {
      throw new CudaException(
          "sgd: " + role + " of parameter " + name + " is " + actual + ", expected " + expected);
    }
  }

  /** The number that {@code sgd.cu} has for an element type. */
  static int typeCode(String what, DType type) {
    return switch (type) {
      case F32 -> 0;
      case F16 -> 1;
      case BF16 -> 2;
      default ->
          throw new CudaException("sgd: " + what + " is " + type + ", expected f32, f16 or bf16");
    };
  }
}
