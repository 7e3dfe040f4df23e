package dev.maskrcnn.tensor.io;

import java.util.function.Supplier;

/**
 * A tensor to be written whose data is fetched only when its turn comes, so that a checkpoint is
 * never in host memory as a whole: a copy from the device, a permuted layout.
 *
 * @param type element type that the content will have
 * @param shape extents that the content will have
 * @param content called once, at the time of writing; the result is not kept
 */
public record LazyTensor(TensorType type, long[] shape, Supplier<HostTensor> content) {

  /** Copies the shape. */
  public LazyTensor {
    shape = shape.clone();
  }

  /** A tensor that is already there. */
  public static LazyTensor of(HostTensor tensor) {
    return new LazyTensor(tensor.type(), tensor.shape(), () -> tensor);
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }
}
