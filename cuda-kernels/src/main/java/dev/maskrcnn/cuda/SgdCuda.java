package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Update.SgdStep;
import dev.maskrcnn.tensor.op.Update.SgdUpdate;
import dev.maskrcnn.tensor.spi.Contents;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Launches {@code sgd.cu}: one parameter, or all of a model in one launch. */
final class SgdCuda {
  private static final int THREADS = 256;

  private final CudaRuntime cuda;
  private final TypedKernel step;
  private final KernelFunction multi;

  private SgdCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.step = TypedKernel.of(cuda, "sgd_step");
    this.multi = cuda.function("multi_tensor_sgd");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    SgdCuda sgd = new SgdCuda(cuda);
    table.put(SgdStep.class, sgd::step);
    table.put(SgdUpdate.class, sgd::update);
  }

  private void step(KernelCall<SgdStep> call) {
    DenseArray p = call.in(0);
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

  private void update(KernelCall<SgdUpdate> call) {
    SgdUpdate op = call.op();
    LossScaling scaling = op.scaling();
    SgdTable table = table(call);
    table.point(call);
    int tasks = table.tasks();
    multi.launch(
        Launch.blocks(scaling.checks() ? 2L * tasks : tasks, THREADS),
        cuda.arguments()
            .pointer(table.tensors())
            .pointer(table.chunks())
            .integer(tasks)
            .integer(scaling.checks() ? tasks : 0)
            .number((float) op.rates().weights())
            .number((float) op.rates().biases())
            .number((float) op.momentum())
            .number((float) scaling.growth())
            .number((float) scaling.backoff())
            .integer(scaling.interval())
            .pointer(call.in(0))
            .pointer(call.in(1)));
  }

  /** The table of a model lives as long as its counters. */
  private SgdTable table(KernelCall<SgdUpdate> call) {
    Contents counters = call.in(1).contents();
    if (counters.attachment(SgdTable.class) instanceof SgdTable known) {
      if (known.fits(call.op().rules())) {
        return known;
      }
      known.close();
    }
    SgdTable made = new SgdTable(cuda, call);
    counters.attach(SgdTable.class, made);
    return made;
  }
}
