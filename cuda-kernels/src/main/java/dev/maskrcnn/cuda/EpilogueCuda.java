package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.spi.DenseArray;

/** Launches {@code epilogue.cu}: what follows a product where its library does not do it. */
final class EpilogueCuda {
  private static final int THREADS = 256;

  private final CudaRuntime cuda;
  private final TypedKernel same;
  private final TypedKernel fromFloat;

  EpilogueCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.same = TypedKernel.of(cuda, "epilogue");
    this.fromFloat =
        new TypedKernel(
            cuda.function("epilogue_f32"),
            cuda.function("epilogue_from_f32_f16"),
            cuda.function("epilogue_from_f32_bf16"));
  }

  /**
   * What to add.
   *
   * @param bias device address of one number per column, 0 for none
   * @param residual device address of an array like the result, 0 for none
   * @param relu whether negative numbers become 0
   */
  record Terms(long bias, long residual, boolean relu) {
    static long address(DenseArray tensor) {
      return tensor.memory().address();
    }

    boolean none() {
      return bias == 0 && residual == 0 && !relu;
    }
  }

  /** {@code y = act(y + terms)}, each row of the last axis of y. */
  void inPlace(Op op, DenseArray y, Terms terms) {
    if (!terms.none()) {
      launch(same.of(op, y), y.memory().address(), y, terms);
    }
  }

  /** {@code y = act(x + terms)} where x is float32 whatever y is. */
  void fromFloat(Op op, long x, DenseArray y, Terms terms) {
    launch(fromFloat.of(op, y), x, y, terms);
  }

  private void launch(KernelFunction kernel, long x, DenseArray y, Terms terms) {
    int columns = y.shape().dim(-1);
    long elements = y.shape().size();
    boolean wide = columns % 4 == 0;
    kernel.launch(
        Launch.of(wide ? elements / 4 : elements, THREADS),
        cuda.arguments()
            .pointer(x)
            .pointer(terms.bias())
            .pointer(terms.residual())
            .longInteger(elements)
            .integer(columns)
            .flag(terms.relu())
            .pointer(y));
  }
}
