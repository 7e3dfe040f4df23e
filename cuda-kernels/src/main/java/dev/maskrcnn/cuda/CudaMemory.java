package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.spi.Memory;
import java.nio.ByteBuffer;

/** A block of device memory, aligned to 256 bytes. */
final class CudaMemory implements Memory {
  private final CudaPool pool;
  private final DevicePointer pointer;
  private final long address;
  private final long bytes;
  private int graphs;

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

  /** A graph was captured with this block: it stays where it is until the graph is closed. */
  void enterGraph() {
    graphs++;
  }

  /** Such a graph was closed. */
  void leaveGraph() {
    graphs--;
  }

  /** Whether graphs go on using the block, even while it is idle. */
  boolean inGraphs() {
    return graphs > 0;
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
