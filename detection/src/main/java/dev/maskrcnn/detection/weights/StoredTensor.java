package dev.maskrcnn.detection.weights;

import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * A tensor as a view of a storage: offset and strides in elements, as PyTorch and numpy keep them.
 *
 * @param storage the bytes, little-endian
 * @param type of the elements
 * @param offset of the first element
 * @param shape extents
 * @param strides distance of neighbours along each axis
 */
record StoredTensor(
    ByteBuffer storage, TensorType type, long offset, long[] shape, long[] strides) {

  /**
   * Checks the view.
   *
   * @throws PickleException if it reaches beyond the storage
   */
  StoredTensor {
    if (shape.length != strides.length || shape.length > 16 || offset < 0) {
      throw new PickleException(
          "has shape %s with strides %s and offset %s"
              .formatted(Arrays.toString(shape), Arrays.toString(strides), offset));
    }
    try {
      long count = 1;
      long last = offset;
      for (int d = 0; d < shape.length; d++) {
        if (shape[d] < 0 || strides[d] < 0 || strides[d] > Integer.MAX_VALUE) {
          throw new PickleException("has shape " + Arrays.toString(shape));
        }
        count = Math.multiplyExact(count, shape[d]);
        long reach = Math.multiplyExact(Math.max(0, shape[d] - 1), strides[d]);
        last = Math.addExact(last, reach);
      }
      if (count > 0 && last >= storage.limit() / type.bytes()) {
        throw new PickleException(
            "has shape %s, which reaches beyond its storage of %s bytes"
                .formatted(Arrays.toString(shape), storage.limit()));
      }
      if (Math.multiplyExact(count, type.bytes()) > Integer.MAX_VALUE) {
        throw new PickleException("has %s elements".formatted(count));
      }
    } catch (ArithmeticException e) {
      throw new PickleException("has shape " + Arrays.toString(shape));
    }
  }

  /** The numbers of a shape or of strides. */
  static long[] extents(Object value) {
    if (value instanceof List<?> list
        && list.size() <= 16
        && list.stream().allMatch(Long.class::isInstance)) {
      return list.stream().mapToLong(n -> (Long) n).toArray();
    }
    throw new PickleException("has no shape");
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

  /** Bytes of the dense tensor, which may be far more than those of the storage. */
  int bytes() {
    long count = type.bytes();
    for (long extent : shape) {
      count *= extent;
    }
    return (int) count;
  }

  /** The tensor, dense: a part of the storage itself where it is dense there, else a copy. */
  HostTensor toHost() {
    int bytes = bytes();
    if (bytes == 0 || Arrays.equals(strides, dense(shape))) {
      int from = bytes == 0 ? 0 : (int) (offset * type.bytes());
      return new HostTensor(type, shape, storage.slice(from, bytes));
    }
    return new HostTensor(type, shape, copy(bytes / type.bytes(), type.bytes()));
  }

  private ByteBuffer copy(int count, int size) {
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
}
