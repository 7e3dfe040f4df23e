package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.op.Pooling.MaxPool2d;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2dBackward;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearest;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearestBackward;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DenseArray;
import dev.maskrcnn.tensor.spi.KernelCall;
import dev.maskrcnn.tensor.spi.KernelTable;

/** Launches {@code pooling.cu}. */
final class PoolingCuda {
  private static final int THREADS = 256;

  private final CudaRuntime cuda;
  private final TypedKernel maxPool;
  private final TypedKernel maxPoolBackward;
  private final TypedKernel upsample;
  private final TypedKernel upsampleBackward;

  private PoolingCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.maxPool = TypedKernel.of(cuda, "max_pool");
    this.maxPoolBackward = TypedKernel.of(cuda, "max_pool_backward");
    this.upsample = TypedKernel.of(cuda, "upsample_nearest");
    this.upsampleBackward = TypedKernel.of(cuda, "upsample_nearest_backward");
  }

  static void register(KernelTable table, CudaRuntime cuda) {
    PoolingCuda pooling = new PoolingCuda(cuda);
    table.put(MaxPool2d.class, pooling::maxPool);
    table.put(MaxPool2dBackward.class, pooling::maxPoolBackward);
    table.put(UpsampleNearest.class, pooling::upsample);
    table.put(UpsampleNearestBackward.class, pooling::upsampleBackward);
  }

  /** One thread per pack of channels of an output. */
  private static Launch shape(DenseArray out) {
    int wide = TypedKernel.perAccess(out);
    long size = out.shape().size();
    return Launch.of(out.shape().dim(3) % wide == 0 ? size / wide : size, THREADS);
  }

  /** Appends images, the finer and the coarser sides, and channels. */
  private static Arguments sizes(Arguments arguments, Shape from, Shape to) {
    return arguments
        .longInteger(from.dim(0))
        .integer(from.dim(1))
        .integer(from.dim(2))
        .integer(to.dim(1))
        .integer(to.dim(2))
        .integer(from.dim(3));
  }

  private void maxPool(KernelCall<MaxPool2d> call) {
    MaxPool2d op = call.op();
    Arguments arguments = cuda.arguments().pointer(call.in(0));
    maxPool
        .of(op, call.in(0))
        .launch(
            shape(call.out(0)),
            sizes(arguments, call.in(0).shape(), call.out(0).shape())
                .integer(op.kernel())
                .integer(op.stride())
                .integer(op.padding())
                .pointer(call.out(0))
                .pointer(call.out(1)));
  }

  private void maxPoolBackward(KernelCall<MaxPool2dBackward> call) {
    MaxPool2dBackward op = call.op();
    Arguments arguments = cuda.arguments().pointer(call.in(0)).pointer(call.in(1));
    maxPoolBackward
        .of(op, call.in(0))
        .launch(
            shape(call.out(0)),
            sizes(arguments, call.out(0).shape(), call.in(0).shape())
                .integer(op.kernel())
                .integer(op.stride())
                .integer(op.padding())
                .pointer(call.out(0)));
  }

  private void upsample(KernelCall<UpsampleNearest> call) {
    Arguments arguments = cuda.arguments().pointer(call.in(0));
    upsample
        .of(call.op(), call.in(0))
        .launch(
            shape(call.out(0)),
            sizes(arguments, call.in(0).shape(), call.out(0).shape()).pointer(call.out(0)));
  }

  private void upsampleBackward(KernelCall<UpsampleNearestBackward> call) {
    Arguments arguments = cuda.arguments().pointer(call.in(0));
    upsampleBackward
        .of(call.op(), call.in(0))
        .launch(
            shape(call.out(0)),
            sizes(arguments, call.out(0).shape(), call.in(0).shape()).pointer(call.out(0)));
  }
}
