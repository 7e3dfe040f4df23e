package dev.maskrcnn.tensor.host;

import dev.maskrcnn.tensor.shape.TensorException;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.Pointer;

/**
 * A caching allocator of host memory. Fresh pages cost a fault and a clearing each, so blocks are
 * kept and handed out again: a request takes the smallest free block of at least its size and at
 * most twice that. Sizes are rounded up by at most an eighth. What lies idle is bounded.
 */
public final class HostPool implements AutoCloseable {
  private static final int ALIGNMENT = 64;
  private static final long IDLE_LIMIT = 1L << 30;

  private final TreeMap<Long, ArrayDeque<HostMemory>> idle = new TreeMap<>();
  private long idleBytes;
  private long reservedBytes;

  /** Switches off JavaCPP's own limits, which would run the garbage collector. */
  public HostPool() {
    NativeFolder.prepare();
    System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    System.setProperty("org.bytedeco.javacpp.noPointerGC", "true");
  }

  /** A block of at least {@code bytes} bytes with undefined content. */
  public HostMemory allocate(long bytes) {
    long wanted = sizeClass(bytes);
    Map.Entry<Long, ArrayDeque<HostMemory>> fit = idle.ceilingEntry(wanted);
    if (fit != null && fit.getKey() <= 2 * wanted) {
      HostMemory block = fit.getValue().pop();
      if (fit.getValue().isEmpty()) {
        idle.remove(fit.getKey());
      }
      idleBytes -= block.bytes();
      return block;
    }
    trim(IDLE_LIMIT);
    return fresh(wanted);
  }

  private HostMemory fresh(long bytes) {
    Pointer raw = Pointer.malloc(bytes + ALIGNMENT);
    if (raw == null || raw.isNull()) {
      throw new TensorException(
          "cpu memory: the system refused "
              + bytes
              + " bytes; "
              + reservedBytes
              + " bytes are reserved. Use smaller images or batches");
    }
    reservedBytes += bytes;
    long aligned = (raw.address() + ALIGNMENT - 1) & -(long) ALIGNMENT;
    return new HostMemory(raw, aligned, bytes);
  }

  /** Takes a block back. */
  public void free(HostMemory block) {
    idle.computeIfAbsent(block.bytes(), k -> new ArrayDeque<>()).push(block);
    idleBytes += block.bytes();
  }

  /** Returns the largest idle blocks to the system until at most {@code limit} bytes are idle. */
  private void trim(long limit) {
    while (idleBytes > limit) {
      Map.Entry<Long, ArrayDeque<HostMemory>> last = idle.lastEntry();
      HostMemory block = last.getValue().pop();
      if (last.getValue().isEmpty()) {
        idle.remove(last.getKey());
      }
      idleBytes -= block.bytes();
      reservedBytes -= block.bytes();
      Pointer.free(block.raw());
    }
  }

  /** Bytes held from the system, in use and idle. */
  public long reservedBytes() {
    return reservedBytes;
  }

  static long sizeClass(long bytes) {
    long n = Math.max(bytes, ALIGNMENT);
    long step = Math.max(ALIGNMENT, Long.highestOneBit(n) >> 3);
    return (n + step - 1) / step * step;
  }

  @Override
  public void close() {
    trim(0);
  }
}
