package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.DeviceException;
import dev.maskrcnn.tensor.spi.Memory;
import java.nio.ByteBuffer;

/** A block of device memory, aligned to 256 bytes. */
final class CudaMemory implements Memory {
  private final DevicePointer pointer;
  private final long address;
  private final long bytes;

  CudaMemory(DevicePointer pointer, long bytes) {
    this.pointer = pointer;
    this.address = pointer.address();
    this.bytes = bytes;
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
