package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.host.HostMemory;
import dev.maskrcnn.tensor.host.HostPool;

/** The float32 numbers 0 and 1 in host memory, where cuDNN and cuBLAS read their scalars. */
final class LibraryScalars implements AutoCloseable {
  private final HostPool pool = new HostPool();
  private final HostMemory memory = pool.allocate(2L * Float.BYTES);
  private final HostPointer zero = new HostPointer(memory.address());
  private final HostPointer one = new HostPointer(memory.address() + Float.BYTES);

  LibraryScalars() {
    memory.host().putFloat(0, 0).putFloat(Float.BYTES, 1);
  }

  HostPointer zero() {
    return zero;
  }

  HostPointer one() {
    return one;
  }

  @Override
  public void close() {
    pool.free(memory);
    pool.close();
  }
}
