package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Normalization.Softmax;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Launches {@code softmax.cu}: a warp per row. */
final class SoftmaxCuda {
  private static final int THREADS = 256;
  private static final int WARP = 32;

  private final CudaRuntime cuda;
  private final TypedKernel softmax;

  private SoftmaxCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.softmax = TypedKernel.of(cuda, "softmax");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    table.put(Softmax.class, new SoftmaxCuda(cuda)::run);
  }

  private void run(KernelCall<Softmax> call) {
    DenseArray x = call.in(0);
    int width = x.shape().dim(-1);
    if (width == 0) {
      return;
    }
    long rows = x.shape().size() / width;
    softmax
        .of(call.op(), x)
        .launch(
            Launch.of(rows * WARP, THREADS),
            cuda.arguments().pointer(x).longInteger(rows).integer(width).pointer(call.out(0)));
  }
}
