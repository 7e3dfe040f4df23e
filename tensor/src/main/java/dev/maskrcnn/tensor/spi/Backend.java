package dev.maskrcnn.tensor.spi;

import dev.maskrcnn.tensor.device.DeviceActivity;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.HalfPrecision;
import dev.maskrcnn.tensor.shape.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What a device is made of: memory and kernels. Used from one thread. */
public interface Backend extends AutoCloseable {
  /** Short name, such as {@code cpu} or {@code cuda:0}. */
  String name();

  /** The kernels of this backend. */
  KernelTable kernels();

  /** A block of at least {@code bytes} bytes with undefined content. */
  Memory allocate(long bytes);

  /** Returns a block to the backend. */
  void free(Memory memory);

  /** Copies host bytes (from position to limit) into a block. */
  void upload(ByteBuffer source, Memory target);

  /** Copies a block into host bytes (from position to limit). */
  void download(Memory source, ByteBuffer target);

  /**
   * Begins to copy the first bytes of a block to the host, as they are when all work issued so far
   * is done, and returns without waiting.
   */
  default HostRead read(Memory source, int bytes) {
    ByteBuffer content = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    download(source, content);
    content.flip();
    return new HostRead() {
      @Override
      public boolean done() {
        return true;
      }

      @Override
      public ByteBuffer await() {
        return content;
      }
    };
  }

  /** True if {@link #ahead} copies while the device computes. */
  default boolean uploadsAhead() {
    return false;
  }

  /**
   * Makes tensors of host data beside the computation: their memory is used by nothing that was
   * issued before, so their copies need not wait for it.
   *
   * @param uploads makes tensors and writes them, and runs no op
   * @return to be joined before the first use of the tensors
   */
  default Upload ahead(Runnable uploads) {
    uploads.run();
    return () -> {};
  }

  /** What resizes and normalises images on the device; empty if the host does it. */
  default Optional<ImagePreparation> imagePreparation() {
    return Optional.empty();
  }

  /**
   * True if the host may look at a result without waiting for a device. Then it pays to read how
   * many rows are there and to leave the padding out; otherwise padding costs less than the wait.
   */
  default boolean readsAreFree() {
    return true;
  }

  /** True if {@link #capture} works. */
  default boolean capturesGraphs() {
    return false;
  }

  /**
   * Captures a pass. It runs twice: as a rehearsal, whose result is freed, and recorded. Its memory
   * is set apart for graphs, because a capture cannot allocate: it finds what its rehearsal used.
   *
   * @param pass returns what frees its result; it frees all else that it makes, and asks for the
   *     same memory each time
   * @throws dev.maskrcnn.tensor.shape.TensorException if the pass does what cannot be recorded
   *     (waiting, allocating, copying from or to the host), if memory runs out, or what the pass
   *     throws; nothing is left of it then
   */
  default Graph capture(Supplier<Runnable> pass) {
    throw new DeviceException(name() + ": captures no graphs");
  }

  /** Copies the first bytes of a block to another, in the order of the issued work. */
  default void copy(Memory source, Memory target, long bytes) {
    target.host().put(0, source.host(), 0, Math.toIntExact(bytes));
  }

  /** Where warnings go, one line each; until this is called to SLF4J, or nowhere. */
  default void warnings(Consumer<String> log) {}

  /** What the device was asked to do since it opened. */
  default DeviceActivity activity() {
    return DeviceActivity.NONE;
  }

  /**
   * What becomes of a wish for 16-bit floats. May round the operands of convolutions and matrix
   * products from now on: to be called before the first op.
   */
  default HalfPrecision halves(DType half) {
    return new HalfPrecision(
        HalfPrecision.Use.NONE, "device " + name() + " computes f32 tensors in float32");
  }

  /** Waits until all work issued so far is done. */
  void synchronize();

  /**
   * Runs work, waits for it and returns how many seconds it took. A device with a clock of its own
   * leaves out what the host needs to issue the work.
   */
  default double seconds(Runnable work) {
    synchronize();
    long start = System.nanoTime();
    work.run();
    synchronize();
    return (System.nanoTime() - start) / 1e9;
  }

  /** Bytes that this backend holds from the system (in use and pooled). */
  long reservedBytes();

  @Override
  void close();
}
