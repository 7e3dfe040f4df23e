package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.ShapeException;
import dev.maskrcnn.tensor.shape.Spec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Makes tensors of values that the host has, in the current frame of a {@link Device}. */
public interface HostTensors {
  /**
   * A tensor with the given content.
   *
   * @param content little-endian, from position to limit
   */
  Tensor host(Spec spec, ByteBuffer content);

  /** An F32 tensor with the given values. */
  default Tensor of(Shape shape, float... values) {
    require(shape, values.length);
    ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    b.asFloatBuffer().put(values);
    return host(new Spec(shape, DType.F32), b);
  }

  /** An I32 tensor with the given values. */
  default Tensor of(Shape shape, int... values) {
    require(shape, values.length);
    ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    b.asIntBuffer().put(values);
    return host(new Spec(shape, DType.I32), b);
  }

  /** An F64 tensor with the given values. */
  default Tensor of(Shape shape, double... values) {
    require(shape, values.length);
    ByteBuffer b = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    b.asDoubleBuffer().put(values);
    return host(new Spec(shape, DType.F64), b);
  }

  /** A U8 tensor with the given values. */
  default Tensor of(Shape shape, byte... values) {
    require(shape, values.length);
    return host(new Spec(shape, DType.U8), ByteBuffer.wrap(values));
  }

  /** A float tensor of the given type (F32 or F64) with values rounded to it. */
  default Tensor of(DType dtype, Shape shape, double... values) {
    if (dtype == DType.F64) {
      return of(shape, values);
    }
    float[] f = new float[values.length];
    for (int i = 0; i < f.length; i++) {
      f[i] = (float) values[i];
    }
    return of(shape, f);
  }

  private static void require(Shape shape, int count) {
    if (shape.size() != count) {
      throw new ShapeException("tensor: " + count + " values given for shape " + shape);
    }
  }
}
