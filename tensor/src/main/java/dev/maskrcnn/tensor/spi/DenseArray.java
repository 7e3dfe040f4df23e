package dev.maskrcnn.tensor.spi;

import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * A dense row-major array in a backend's memory: what a kernel reads and writes. Arrays of equal
 * contents share their memory.
 */
public record DenseArray(Spec spec, Contents contents) {
  /** Extents of the array. */
  public Shape shape() {
    return spec.shape();
  }

  /** The backend's block. */
  public Memory memory() {
    return contents.memory();
  }

  /** The elements as floats, where the memory is the host's. No copy. */
  public FloatBuffer floats() {
    return memory().host().asFloatBuffer();
  }

  /** The elements as ints, where the memory is the host's. No copy. */
  public IntBuffer ints() {
    return memory().host().asIntBuffer();
  }

  /** The elements as doubles, where the memory is the host's. No copy. */
  public DoubleBuffer doubles() {
    return memory().host().asDoubleBuffer();
  }
}
