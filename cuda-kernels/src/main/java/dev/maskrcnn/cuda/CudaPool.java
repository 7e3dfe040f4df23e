package dev.maskrcnn.cuda;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * A caching allocator of device memory. Asking the driver costs tens of microseconds and giving
 * back waits for the device, so blocks are kept and handed out again. That is safe without waiting
 * because all work is on one stream: whoever gets a block next is issued after its former user. A
 * request takes the smallest idle block of at least its size that wastes little; when the driver
 * has no more, all idle blocks go back to it and it is asked again.
 */
final class CudaPool implements AutoCloseable {
  private static final long ALIGNMENT = 512;

  /** Small blocks may be twice as large as wanted, large ones a quarter larger. */
  private static final long SMALL = 1L << 20;

  private final CudaRuntime cuda;
  private final boolean caching;
  private final Runnable freed;
  private final TreeMap<Long, ArrayDeque<CudaMemory>> idle = new TreeMap<>();
  private long idleBytes;
  private long reservedBytes;
  private long blocks;
  private List<CudaMemory> script;
  private int replayed;

  /**
   * A pool on the device.
   *
   * @param caching false to ask the driver for each block, of the exact size, and to give it back
   *     at once: what a memory checker needs to see
   */
  CudaPool(CudaRuntime cuda, boolean caching) {
    this(cuda, caching, () -> {});
  }

  /**
   * A pool that tells when a block came back that it will hand out again.
   *
   * @param freed what to do then, before any other use of the block
   */
  CudaPool(CudaRuntime cuda, boolean caching, Runnable freed) {
    this.cuda = cuda;
    this.caching = caching;
    this.freed = freed;
  }

  /**
   * A block of at least {@code bytes} bytes with undefined content.
   *
   * @throws CudaException if the device has not so much left
   */
  CudaMemory allocate(long bytes) {
    if (script != null) {
      return scripted(bytes);
    }
    if (!caching) {
      return fresh(Math.max(bytes, 1));
    }
    long wanted = sizeClass(bytes);
    Map.Entry<Long, ArrayDeque<CudaMemory>> fit = idle.ceilingEntry(wanted);
    if (fit != null && fit.getKey() <= (wanted < SMALL ? 2 * wanted : wanted + wanted / 4)) {
      return take(fit);
    }
    return fresh(wanted);
  }

  /** From now on blocks are noted in the order of their requests. */
  void note(List<CudaMemory> requests) {
    script = requests;
    replayed = -1;
  }

  /** From now on requests get the noted blocks again, in that order. */
  void replay(List<CudaMemory> requests) {
    script = requests;
    replayed = 0;
  }

  /** Ends {@link #note} and {@link #replay}. */
  void improvise() {
    script = null;
  }

  private CudaMemory scripted(long bytes) {
    List<CudaMemory> requests = script;
    if (replayed < 0) {
      script = null;
      CudaMemory block = allocate(bytes);
      script = requests;
      requests.add(block);
      return block;
    }
    CudaMemory block = replayed < requests.size() ? requests.get(replayed) : null;
    ArrayDeque<CudaMemory> same = block == null ? null : idle.get(block.bytes());
    if (block == null || block.bytes() < bytes || same == null || !same.remove(block)) {
      throw new CudaException(
          cuda.name()
              + ": request "
              + replayed
              + " for memory is not as it was when the pass was rehearsed");
    }
    replayed++;
    if (same.isEmpty()) {
      idle.remove(block.bytes());
    }
    idleBytes -= block.bytes();
    return block;
  }

  /** Takes a block back. Work that was issued before may still use it. */
  void free(CudaMemory block) {
    if (cuda.log().faulted()) {
      return;
    }
    if (!caching) {
      release(block);
      return;
    }
    idle.computeIfAbsent(block.bytes(), k -> new ArrayDeque<>()).push(block);
    idleBytes += block.bytes();
    freed.run();
  }

  private CudaMemory take(Map.Entry<Long, ArrayDeque<CudaMemory>> entry) {
    CudaMemory block = entry.getValue().pop();
    if (entry.getValue().isEmpty()) {
      idle.remove(entry.getKey());
    }
    idleBytes -= block.bytes();
    return block;
  }

  private CudaMemory fresh(long bytes) {
    cuda.bind();
    DevicePointer pointer = new DevicePointer();
    int code = JCudaDriver.cuMemAlloc(pointer, bytes);
    if (code == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      trim();
      cuda.trim();
      code = JCudaDriver.cuMemAlloc(pointer, bytes);
    }
    if (code == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      throw new CudaException(exhausted(bytes), code);
    }
    cuda.log().check(code, "allocating " + bytes + " bytes");
    cuda.activity().allocated();
    reservedBytes += bytes;
    blocks++;
    return new CudaMemory(this, pointer, bytes);
  }

  private String exhausted(long bytes) {
    long[] free = new long[1];
    long[] total = new long[1];
    boolean known = JCudaDriver.cuMemGetInfo(free, total) == CUresult.CUDA_SUCCESS;
    return cuda.name()
        + " memory: out of memory, "
        + mebibytes(bytes)
        + " more were asked for, "
        + mebibytes(reservedBytes)
        + " are reserved in "
        + blocks
        + " blocks"
        + (known ? ", " + mebibytes(free[0]) + " of " + mebibytes(total[0]) + " are free" : "")
        + ". Use smaller images or batches, or end other programs on the device";
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%,d bytes (%.1f MiB)", bytes, bytes / (double) (1 << 20));
  }

  /** Gives all idle blocks but those of graphs back to the driver, which waits for the device. */
  void trim() {
    for (Iterator<ArrayDeque<CudaMemory>> sizes = idle.values().iterator(); sizes.hasNext(); ) {
      ArrayDeque<CudaMemory> same = sizes.next();
      for (Iterator<CudaMemory> blocksOfSize = same.iterator(); blocksOfSize.hasNext(); ) {
        CudaMemory block = blocksOfSize.next();
        if (!block.inGraphs()) {
          blocksOfSize.remove();
          idleBytes -= block.bytes();
          release(block);
        }
      }
      if (same.isEmpty()) {
        sizes.remove();
      }
    }
  }

  private void release(CudaMemory block) {
    cuda.bind();
    cuda.log().check(JCudaDriver.cuMemFree(block.pointer()), "freeing " + block.bytes() + " bytes");
    reservedBytes -= block.bytes();
    blocks--;
  }

  /** Bytes held from the driver, in use and idle. */
  long reservedBytes() {
    return reservedBytes;
  }

  /** Bytes held and not in use. */
  long idleBytes() {
    return idleBytes;
  }

  /** Blocks held from the driver, in use and idle. */
  long blocks() {
    return blocks;
  }

  static long sizeClass(long bytes) {
    long n = Math.max(bytes, ALIGNMENT);
    long step = Math.max(ALIGNMENT, Long.highestOneBit(n) >> 3);
    return Launch.ceilDiv(n, step) * step;
  }

  @Override
  public void close() {
    trim();
  }
}
