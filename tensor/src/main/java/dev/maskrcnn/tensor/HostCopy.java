package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.ShapeException;
import dev.maskrcnn.tensor.shape.Spec;
import dev.maskrcnn.tensor.spi.HostRead;
import java.nio.ByteBuffer;

/**
 * The content that a tensor had when {@link Tensor#readLater} was called, on its way to the host.
 * The first look at the numbers waits for it; nothing before does.
 */
public final class HostCopy {
  private final Spec spec;
  private HostRead read;
  private float[] floats;
  private int[] ints;

  HostCopy(Spec spec, HostRead read) {
    if (spec.dtype() != DType.F32 && spec.dtype() != DType.I32) {
      throw new ShapeException("host copy: tensor is " + spec + ", expected f32 or i32");
    }
    this.spec = spec;
    this.read = read;
  }

  /** Whether the numbers are here. */
  public boolean ready() {
    return read == null || read.done();
  }

  /** All elements (F32 only); the same array each time. */
  public float[] floats() {
    fetch(DType.F32);
    return floats;
  }

  /** All elements (I32 only); the same array each time. */
  public int[] ints() {
    fetch(DType.I32);
    return ints;
  }

  private void fetch(DType wanted) {
    if (spec.dtype() != wanted) {
      throw new ShapeException("host copy: tensor is " + spec + ", expected " + wanted);
    }
    if (read == null) {
      return;
    }
    ByteBuffer bytes = read.await();
    read = null;
    int n = Math.toIntExact(spec.shape().size());
    if (wanted == DType.F32) {
      floats = new float[n];
      bytes.asFloatBuffer().get(floats);
    } else {
      ints = new int[n];
      bytes.asIntBuffer().get(ints);
    }
  }
}
