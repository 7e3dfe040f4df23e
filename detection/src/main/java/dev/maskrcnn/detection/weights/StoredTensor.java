package dev.maskrcnn.detection.weights;

import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A tensor as a view of a storage: offset and strides in elements, as PyTorch and numpy keep them.
 *
 * @param type of the elements
 * @param offset of the first element
 * @param shape extents
 * @param strides distance of neighbours along each axis
 */
record StoredTensor(TensorType type, long offset, long[] shape, long[] strides) {
  private static final long MOST_REPEATED = 64L << 20;

  StoredTensor {
    if (shape.length != strides.length || shape.length > 16 || offset < 0) {
      throw new PickleException(
          "has a tensor of shape %s with strides %s and offset %d"
              .formatted(Arrays.toString(shape), Arrays.toString(strides), offset));
    }
  }

  /** Row-major strides. */
  static long[] dense(long[] shape) {
    long[] strides = new long[shape.length];
    long step = 1;
    for (int d = shape.length - 1; d >= 0; d--) {
      strides[d] = step;
      step *= Math.max(1, shape[d]);
    }
    return strides;
  }

  /** Column-major strides. */
  static long[] fortran(long[] shape) {
    long[] strides = new long[shape.length];
    long step = 1;
    for (int d = 0; d < shape.length; d++) {
      strides[d] = step;
      step *= Math.max(1, shape[d]);
    }
    return strides;
  }

  /**
   * The tensor, dense: a part of the storage itself where it is dense there, else a copy.
   *
   * @throws PickleException if it reaches beyond the storage
   */
  HostTensor in(ByteBuffer storage) {
    long count = 1;
    long last = offset;
    for (int d = 0; d < shape.length; d++) {
      if (shape[d] < 0 || strides[d] < 0 || strides[d] > Integer.MAX_VALUE) {
        throw new PickleException("has a tensor of shape " + Arrays.toString(shape));
      }
      count = multiply(count, shape[d]);
      last = add(last, multiply(Math.max(0, shape[d] - 1), strides[d]));
    }
    int size = type.bytes();
    if (count > 0 && (last < 0 || last >= storage.limit() / size)) {
      throw new PickleException(
          "has a tensor of shape %s that reaches beyond its storage of %d bytes"
              .formatted(Arrays.toString(shape), storage.limit()));
    }
    long bytes = multiply(count, size);
    // Strides of zero repeat elements: a few bytes must not become gigabytes.
    if (bytes > Integer.MAX_VALUE || bytes > Math.max(storage.limit(), MOST_REPEATED)) {
      throw new PickleException("has a tensor of " + count + " elements");
    }
    if (count == 0 || Arrays.equals(strides, dense(shape))) {
      int from = count == 0 ? 0 : Math.toIntExact(offset * size);
      return new HostTensor(type, shape, storage.slice(from, Math.toIntExact(count * size)));
    }
    return new HostTensor(type, shape, copy(storage, (int) count, size));
  }

  private ByteBuffer copy(ByteBuffer storage, int count, int size) {
    ByteBuffer out = ByteBuffer.allocate(count * size).order(ByteOrder.LITTLE_ENDIAN);
    long[] index = new long[shape.length];
    for (int i = 0; i < count; i++) {
      long at = offset;
      for (int d = 0; d < index.length; d++) {
        at += index[d] * strides[d];
      }
      for (int b = 0; b < size; b++) {
        out.put(storage.get(Math.toIntExact(at * size) + b));
      }
      for (int d = index.length - 1; d >= 0 && ++index[d] == shape[d]; d--) {
        index[d] = 0;
      }
    }
    return out.flip();
  }

  private static long add(long a, long b) {
    try {
      return Math.addExact(a, b);
    } catch (ArithmeticException e) {
      throw new PickleException("has a tensor beyond 2^63 elements");
    }
  }

  private static long multiply(long a, long b) {
    try {
      return Math.multiplyExact(a, b);
    } catch (ArithmeticException e) {
      throw new PickleException("has a tensor of more than 2^63 elements");
    }
  }
}
