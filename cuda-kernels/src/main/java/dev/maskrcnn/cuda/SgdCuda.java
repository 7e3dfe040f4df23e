package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Update.SgdStep;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Launches {@code sgd_step} of {@code sgd.cu}; for whole models see {@link MultiTensorSgdCuda}. */
final class SgdCuda {
  private static final int THREADS = 256;

  private final CudaRuntime cuda;
  private final TypedKernel step;

  private SgdCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.step = TypedKernel.of(cuda, "sgd_step");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    table.put(SgdStep.class, new SgdCuda(cuda)::run);
  }

  private void run(KernelCall<SgdStep> call) {
    Tensor p = call.in(0);
    long n = p.shape().size();
    step.of(call.op(), p)
        .launch(
            Launch.of(Launch.ceilDiv(n, 4), THREADS),
            cuda.arguments()
                .pointer(call.in(2))
                .number((float) call.op().rate())
                .number((float) call.op().momentum())
                .number((float) call.op().decay())
                .flag(call.op().first())
                .longInteger(n)
                .pointer(p)
                .pointer(call.in(1)));
  }
}
