package dev.maskrcnn.cuda;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The one block of scratch memory of a device, see {@link CudaRuntime#scratch}. Graphs go on using
 * the block that they were captured with, so one that was outgrown is kept as long as they are.
 */
final class Scratch implements AutoCloseable {
  private static final long STEP = 1L << 20;

  private final CudaRuntime cuda;
  private final List<CudaMemory> outgrown = new ArrayList<>();
  private CudaMemory block;

  Scratch(CudaRuntime cuda) {
    this.cuda = cuda;
  }

  /** Address of at least so many bytes. */
  long address(long bytes) {
    if (block == null || block.bytes() < bytes) {
      grow(bytes);
    }
    return block.address();
  }

  private void grow(long bytes) {
    if (cuda.capturing()) {
      throw new CudaException(
          cuda.name()
              + ": a captured pass wants "
              + bytes
              + " bytes of scratch memory, its rehearsal was content with less");
    }
    if (block != null) {
      if (block.inGraphs()) {
        outgrown.add(block);
      } else {
        cuda.pool().free(block);
      }
      block = null;
    }
    block = cuda.pool().allocate(Launch.ceilDiv(Math.max(bytes, 1), STEP) * STEP);
  }

  /** The block at present, if anything wanted one. */
  Optional<CudaMemory> block() {
    return Optional.ofNullable(block);
  }

  /** Frees the blocks that were outgrown and that graphs have left. */
  void settle() {
    for (Iterator<CudaMemory> i = outgrown.iterator(); i.hasNext(); ) {
      CudaMemory old = i.next();
      if (!old.inGraphs()) {
        i.remove();
        cuda.pool().free(old);
      }
    }
  }

  @Override
  public void close() {
    outgrown.forEach(cuda.pool()::free);
    outgrown.clear();
    if (block != null) {
      cuda.pool().free(block);
      block = null;
    }
  }
}
