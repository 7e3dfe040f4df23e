package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.DType;
import dev.maskrcnn.tensor.DeviceException;
import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Spec;
import dev.maskrcnn.tensor.Tensor;

/**
 * Launches {@code roi_pool.cu}. RoIPool is no op of the catalogue, since no model of the original's
 * uses it; this is for comparisons with older systems.
 */
final class RoiPoolCuda {
  private static final int THREADS = 256;

  private final CudaRuntime cuda;
  private final TypedKernel pool;
  private final TypedKernel backward;

  RoiPoolCuda(CudaRuntime cuda) {
    this.cuda = cuda;
    this.pool = TypedKernel.of(cuda, "roi_pool");
    this.backward = TypedKernel.of(cuda, "roi_pool_backward");
  }

  /**
   * Pools.
   *
   * @param features {@code [N,H,W,C]}
   * @param rois F32 {@code [R,5]}: image, x1, y1, x2, y2
   * @param scale of the features against the image
   * @param pooled receives {@code [R,bins,bins,C]} of the features' type
   * @param winner receives I32 of that shape: row·W + column of the maximum, −1 for an empty bin
   */
  void pool(Tensor features, Tensor rois, double scale, Tensor pooled, Tensor winner) {
    check(features, rois, pooled, winner);
    Arguments arguments = cuda.arguments().pointer(features).pointer(rois);
    typed(pool, features)
        .launch(
            shape(pooled),
            sizes(arguments, features.shape(), pooled.shape(), scale)
                .pointer(pooled)
                .pointer(winner));
  }

  /**
   * The gradient by the features: {@code dy} and {@code winner} as {@link #pool} gave, {@code dx}
   * receives {@code [N,H,W,C]}.
   */
  void backward(Tensor dy, Tensor winner, Tensor rois, double scale, Tensor dx) {
    check(dx, rois, dy, winner);
    Arguments arguments = cuda.arguments().pointer(dy).pointer(winner).pointer(rois);
    typed(backward, dy)
        .launch(shape(dx), sizes(arguments, dx.shape(), dy.shape(), scale).pointer(dx));
  }

  private static void check(Tensor features, Tensor rois, Tensor pooled, Tensor winner) {
    boolean shapes =
        features.shape().rank() == 4
            && pooled.shape().rank() == 4
            && pooled.shape().dim(3) == features.shape().dim(3)
            && pooled.spec().dtype() == features.spec().dtype()
            && rois.spec().equals(new Spec(Shape.of(pooled.shape().dim(0), 5), DType.F32))
            && winner.spec().equals(new Spec(pooled.shape(), DType.I32));
    if (!shapes) {
      throw new DeviceException(
          "roi pool: features "
              + features.spec()
              + ", rois "
              + rois.spec()
              + ", pooled "
              + pooled.spec()
              + ", winner "
              + winner.spec()
              + ", expected [N,H,W,C], f32 [R,5], [R,bins,bins,C] of the features' type and i32 of"
              + " its shape");
    }
  }

  private static KernelFunction typed(TypedKernel kernel, Tensor features) {
    return switch (features.spec().dtype()) {
      case F32 -> kernel.f32();
      case F16 -> kernel.f16();
      case BF16 -> kernel.bf16();
      default ->
          throw new DeviceException(
              "roi pool: features " + features.spec() + ", expected f32, f16 or bf16");
    };
  }

  /** One thread per pack of channels of an output. */
  private static Launch shape(Tensor out) {
    int wide = TypedKernel.perAccess(out);
    long size = out.shape().size();
    return Launch.of(out.shape().dim(3) % wide == 0 ? size / wide : size, THREADS);
  }

  private static Arguments sizes(Arguments arguments, Shape features, Shape pooled, double scale) {
    return arguments
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
