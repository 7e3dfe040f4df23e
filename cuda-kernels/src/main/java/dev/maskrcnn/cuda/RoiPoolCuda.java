package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPool;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPoolBackward;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Launches {@code roi_pool.cu}. */
final class RoiPoolCuda {
  private static final int THREADS = 256;

  private final CudaRuntime cuda;
  private final TypedKernel pool;
  private final TypedKernel backward;

  private RoiPoolCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.pool = TypedKernel.of(cuda, "roi_pool");
    this.backward = TypedKernel.of(cuda, "roi_pool_backward");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    RoiPoolCuda roi = new RoiPoolCuda(cuda);
    table.put(RoiPool.class, roi::pool);
    table.put(RoiPoolBackward.class, roi::backward);
  }

  private void pool(KernelCall<RoiPool> call) {
    Float32.require(call, 0);
    DenseArray features = call.in(1);
    DenseArray pooled = call.out(0);
    Arguments arguments = cuda.arguments().pointer(call.in(0)).pointer(features);
    sizes(arguments, features.shape(), pooled.shape(), call.op().scale());
    pool.of(call.op(), features)
        .launch(shape(pooled), arguments.pointer(pooled).pointer(call.out(1)));
  }

  private void backward(KernelCall<RoiPoolBackward> call) {
    Float32.require(call, 2);
    DenseArray dy = call.in(0);
    DenseArray dx = call.out(0);
    Arguments arguments = cuda.arguments().pointer(dy).pointer(call.in(1)).pointer(call.in(2));
    sizes(arguments, dx.shape(), dy.shape(), call.op().scale());
    backward.of(call.op(), dy).launch(shape(dx), arguments.pointer(dx));
  }

  /** One thread per pack of channels of an output. */
  private static Launch shape(DenseArray out) {
    int wide = TypedKernel.perAccess(out);
    long size = out.shape().size();
    return Launch.of(out.shape().dim(3) % wide == 0 ? size / wide : size, THREADS);
  }

  private static void sizes(Arguments arguments, Shape features, Shape pooled, double scale) {
    arguments
        .integer(pooled.dim(0))
        .integer(features.dim(0))
        .integer(features.dim(1))
        .integer(features.dim(2))
        .integer(features.dim(3))
        .integer(pooled.dim(1))
        .integer(pooled.dim(2))
        .number((float) scale);
  }
}
