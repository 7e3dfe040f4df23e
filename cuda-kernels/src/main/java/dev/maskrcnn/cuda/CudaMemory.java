package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.DeviceException;
import dev.maskrcnn.tensor.spi.Memory;
import java.nio.ByteBuffer;

/** A block of device memory, aligned to 256 bytes. */
final class CudaMemory implements Memory {
  private final CudaPool pool;
  private final DevicePointer pointer;
  private final long address;
  private final long bytes;

  CudaMemory(CudaPool pool, DevicePointer pointer, long bytes) {
    this.pool = pool;
    this.pointer = pointer;
    this.address = pointer.address();
    this.bytes = bytes;
  }

  /** Gives the block back to the pool that it comes from. */
  void free() {
    pool.free(this);
  }

  DevicePointer pointer() {
    return pointer;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  /** Device address. */
  @Override
  public long address() {
    return address;
  }

  @Override
  public ByteBuffer host() {
    throw new DeviceException(
        "cuda memory: "
            + bytes
            + " bytes at device address 0x"
            + Long.toHexString(address)
            + " cannot be read from the host; download the tensor");
  }
}
