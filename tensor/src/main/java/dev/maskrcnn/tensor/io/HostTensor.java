package dev.maskrcnn.tensor.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A dense row-major array in host memory, as files hold it.
 *
 * <p>The data may be a heap array, direct memory or a mapped part of a file. It is not copied on
 * construction: whoever passes a buffer must leave its bytes alone from then on.
 *
 * @param type element type
 * @param shape extents, each {@code >= 0}; empty for a scalar
 * @param data exactly {@code elements * type.bytes()} bytes, little-endian; every call of the
 *     accessor returns a fresh read-only view from position 0
 */
public record HostTensor(TensorType type, long[] shape, ByteBuffer data) {

  /**
   * Checks that the data is as long as shape and type say.
   *
   * @throws TensorFileException if it is not, or if an extent is negative
   */
  public HostTensor {
    shape = shape.clone();
    long expected = byteCount(type, shape);
    if (expected != data.remaining()) {
      throw new TensorFileException(
          "host tensor: wrong number of bytes, got %s, expected %s for %s %s"
              .formatted(data.remaining(), expected, type, Arrays.toString(shape)));
    }
    data = data.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Bytes that a tensor takes. */
  static long byteCount(TensorType type, long[] shape) {
    boolean empty = false;
    for (long extent : shape) {
      if (extent < 0) {
        throw new TensorFileException(
            "host tensor: negative extent in shape " + Arrays.toString(shape));
      }
      empty |= extent == 0;
    }
    if (empty) {
      return 0;
    }
    try {
      long count = type.bytes();
      for (long extent : shape) {
        count = Math.multiplyExact(count, extent);
      }
      return count;
    } catch (ArithmeticException e) {
      throw new TensorFileException(
          "host tensor: more than 2^63 bytes in shape " + Arrays.toString(shape), e);
    }
  }

  /** An F32 tensor; the values are copied. */
  public static HostTensor of(float[] values, long... shape) {
    ByteBuffer data = room(TensorType.F32, values.length);
    data.asFloatBuffer().put(values);
    return new HostTensor(TensorType.F32, shape, data);
  }

  /** An F64 tensor; the values are copied. */
  public static HostTensor of(double[] values, long... shape) {
    ByteBuffer data = room(TensorType.F64, values.length);
    data.asDoubleBuffer().put(values);
    return new HostTensor(TensorType.F64, shape, data);
  }

  /** An I32 tensor; the values are copied. */
  public static HostTensor of(int[] values, long... shape) {
    ByteBuffer data = room(TensorType.I32, values.length);
    data.asIntBuffer().put(values);
    return new HostTensor(TensorType.I32, shape, data);
  }

  /** An I64 tensor; the values are copied. */
  public static HostTensor of(long[] values, long... shape) {
    ByteBuffer data = room(TensorType.I64, values.length);
    data.asLongBuffer().put(values);
    return new HostTensor(TensorType.I64, shape, data);
  }

  /** A U8 tensor; the bytes are copied and stand for 0..255. */
  public static HostTensor of(byte[] values, long... shape) {
    return new HostTensor(TensorType.U8, shape, ByteBuffer.wrap(values.clone()));
  }

  /** An F16 tensor; values are rounded to the nearest half, ties to even. */
  public static HostTensor halves(float[] values, long... shape) {
    ByteBuffer data = room(TensorType.F16, values.length);
    for (int i = 0; i < values.length; i++) {
      data.putShort(2 * i, SmallFloats.toHalf(values[i]));
    }
    return new HostTensor(TensorType.F16, shape, data);
  }

  /** A BF16 tensor; values are rounded to the nearest bfloat16, ties to even. */
  public static HostTensor brains(float[] values, long... shape) {
    ByteBuffer data = room(TensorType.BF16, values.length);
    for (int i = 0; i < values.length; i++) {
      data.putShort(2 * i, SmallFloats.toBrain(values[i]));
    }
    return new HostTensor(TensorType.BF16, shape, data);
  }

  private static ByteBuffer room(TensorType type, int elements) {
    return ByteBuffer.allocate(Math.multiplyExact(elements, type.bytes()))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public ByteBuffer data() {
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Number of elements; 1 for a scalar. */
  public int elements() {
    return data.capacity() / type.bytes();
  }

  /**
   * All elements as floats. F64 and wide integers are rounded to the nearest float.
   *
   * @return a new array of {@link #elements()} numbers
   */
  public float[] floats() {
    float[] out = new float[elements()];
    switch (type) {
      case F32 -> data().asFloatBuffer().get(out);
      case F16 -> {
        for (int i = 0; i < out.length; i++) {
          out[i] = SmallFloats.fromHalf(data.getShort(2 * i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < out.length; i++) {
          out[i] = SmallFloats.fromBrain(data.getShort(2 * i));
        }
      }
      case F64 -> {
        for (int i = 0; i < out.length; i++) {
          out[i] = (float) data.getDouble(8 * i);
        }
      }
      case U8, BOOL -> {
        for (int i = 0; i < out.length; i++) {
          out[i] = data.get(i) & 0xff;
        }
      }
      case F8_E4M3, F8_E5M2 -> {
        for (int i = 0; i < out.length; i++) {
          out[i] = (float) doubleAt(i);
        }
      }
      default -> {
        for (int i = 0; i < out.length; i++) {
          out[i] = type == TensorType.U64 ? (float) unsigned(data.getLong(8 * i)) : longAt(i);
        }
      }
    }
    return out;
  }

  /** All elements as doubles; 64-bit integers beyond 2^53 are rounded, the rest is exact. */
  public double[] doubles() {
    double[] out = new double[elements()];
    if (type == TensorType.F64) {
      data().asDoubleBuffer().get(out);
    } else {
      for (int i = 0; i < out.length; i++) {
        out[i] = doubleAt(i);
      }
    }
    return out;
  }

  /**
   * All elements of an integer, byte or BOOL tensor as ints.
   *
   * @throws TensorFileException for floating-point tensors and for numbers outside the int range
   */
  public int[] ints() {
    int[] out = new int[elements()];
    if (type == TensorType.I32) {
      data().asIntBuffer().get(out);
      return out;
    }
    long[] wide = longs();
    for (int i = 0; i < out.length; i++) {
      if (wide[i] != (int) wide[i]) {
        throw new TensorFileException(
            "host tensor: element %s of %s %s does not fit into an int, got %s; read longs()"
                .formatted(i, type, Arrays.toString(shape), wide[i]));
      }
      out[i] = (int) wide[i];
    }
    return out;
  }

  /**
   * All elements of an integer, byte or BOOL tensor as longs.
   *
   * @throws TensorFileException for floating-point tensors and for U64 numbers of 2^63 and more
   */
  public long[] longs() {
    if (type.isFloating()) {
      throw new TensorFileException(
          "host tensor: wanted integers, got %s %s; read floats() or doubles()"
              .formatted(type, Arrays.toString(shape)));
    }
    long[] out = new long[elements()];
    for (int i = 0; i < out.length; i++) {
      out[i] = longAt(i);
      if (type == TensorType.U64 && out[i] < 0) {
        throw new TensorFileException(
            "host tensor: element %s of U64 %s does not fit into a long, got %s"
                .formatted(i, Arrays.toString(shape), Long.toUnsignedString(out[i])));
      }
    }
    return out;
  }

  /** The raw bytes, little-endian; for U8 and BOOL these are the elements. */
  public byte[] bytes() {
    byte[] out = new byte[data.capacity()];
    data().get(out);
    return out;
  }

  private double doubleAt(int i) {
    return switch (type) {
      case F64 -> data.getDouble(8 * i);
      case F32 -> data.getFloat(4 * i);
      case F16 -> SmallFloats.fromHalf(data.getShort(2 * i));
      case BF16 -> SmallFloats.fromBrain(data.getShort(2 * i));
      case F8_E4M3 -> SmallFloats.fromE4m3(data.get(i));
      case F8_E5M2 -> SmallFloats.fromE5m2(data.get(i));
      case U64 -> unsigned(data.getLong(8 * i));
      default -> longAt(i);
    };
  }

  /** Rounds once: the lowest bit only says whether something was shifted out. */
  private static double unsigned(long bits) {
    return bits >= 0 ? bits : (bits >>> 1 | bits & 1) * 2.0;
  }

  private long longAt(int i) {
    return switch (type) {
      case I64, U64 -> data.getLong(8 * i);
      case I32 -> data.getInt(4 * i);
      case U32 -> Integer.toUnsignedLong(data.getInt(4 * i));
      case I16 -> data.getShort(2 * i);
      case U16 -> Short.toUnsignedInt(data.getShort(2 * i));
      case I8 -> data.get(i);
      case U8, BOOL -> Byte.toUnsignedInt(data.get(i));
      default -> throw new AssertionError(type);
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HostTensor that
        && type == that.type
        && Arrays.equals(shape, that.shape)
        && data.equals(that.data);
  }

  @Override
  public int hashCode() {
    return 31 * type.hashCode() + Arrays.hashCode(shape);
  }

  @Override
  public String toString() {
    return type + " " + Arrays.toString(shape);
  }
}
