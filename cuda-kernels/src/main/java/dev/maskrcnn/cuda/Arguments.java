package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.host.HostPool;
import dev.maskrcnn.tensor.spi.DenseArray;
import java.nio.ByteBuffer;
import jcuda.Pointer;

/**
 * The parameters of one launch in native memory, as the {@code void**} block that the driver takes:
 * a table of pointers, written once, and behind it one 8-byte slot per parameter. Filling it
 * allocates nothing. The driver copies the values during the launch, so the next launch may
 * overwrite them at once.
 *
 * <pre>{@code
 * add.launch(Launch.of(n, 256), cuda.arguments().pointer(a).pointer(b).longInteger(n).pointer(out));
 * }</pre>
 */
final class Arguments implements AutoCloseable {
  /** More than any kernel here has; the driver's own limit is 4 KiB of values. */
  static final int LIMIT = 128;

  private static final int SLOT = 8;

  /** What a parameter is in the {@code .cu} file. */
  enum Kind {
    POINTER("pointer", 8),
    INT("integer", 4),
    LONG("integer", 8),
    FLOAT("float", 4),
    DOUBLE("float", 8);

    private final String word;
    private final int bytes;

    Kind(String word, int bytes) {
      this.word = word;
      this.bytes = bytes;
    }

    String word() {
      return word;
    }

    int bytes() {
      return bytes;
    }

    @Override
    public String toString() {
      return word + " of " + bytes + " bytes";
    }
  }

  private final HostPool pool = new HostPool();
  private final HostMemory memory = pool.allocate(2L * LIMIT * SLOT);
  private final ByteBuffer bytes = memory.host();
  private final Pointer block = new HostPointer(memory.address());
  private final Kind[] kinds = new Kind[LIMIT];
  private int count;

  Arguments() {
    for (int i = 0; i < LIMIT; i++) {
      bytes.putLong(i * SLOT, memory.address() + (LIMIT + i) * (long) SLOT);
    }
  }

  /** Forgets all parameters. */
  Arguments reset() {
    count = 0;
    return this;
  }

  /** The device address of a tensor's data: {@code T*}. */
  Arguments pointer(DenseArray tensor) {
    return pointer(tensor.memory().address());
  }

  /** A device address, 0 for null: {@code T*}. */
  Arguments pointer(long address) {
    bytes.putLong(next(Kind.POINTER), address);
    return this;
  }

  /** {@code int}, also {@code unsigned}. */
  Arguments integer(int value) {
    bytes.putInt(next(Kind.INT), value);
    return this;
  }

  /** {@code bool} as the {@code int} 0 or 1. */
  Arguments flag(boolean value) {
    return integer(value ? 1 : 0);
  }

  /** {@code long long}, also {@code unsigned long long}. */
  Arguments longInteger(long value) {
    bytes.putLong(next(Kind.LONG), value);
    return this;
  }

  /** {@code float}. */
  Arguments number(float value) {
    bytes.putFloat(next(Kind.FLOAT), value);
    return this;
  }

  /** {@code double}. */
  Arguments doubleNumber(double value) {
    bytes.putDouble(next(Kind.DOUBLE), value);
    return this;
  }

  private int next(Kind kind) {
    if (count == LIMIT) {
      throw new CudaException("launch: more than " + LIMIT + " parameters");
    }
    kinds[count] = kind;
    return (LIMIT + count++) * SLOT;
  }

  /** Number of parameters. */
  int count() {
    return count;
  }

  /** Kind of a parameter. */
  Kind kind(int parameter) {
    return kinds[parameter];
  }

  /** The block for {@code cuLaunchKernel}. */
  Pointer block() {
    return block;
  }

  /** The bits of a parameter, for tests. */
  long bits(int parameter) {
    return bytes.getLong((LIMIT + parameter) * SLOT);
  }

  /** Address in the table of pointers, for tests. */
  long slot(int parameter) {
    return bytes.getLong(parameter * SLOT);
  }

  @Override
  public void close() {
    pool.free(memory);
    pool.close();
  }
}
