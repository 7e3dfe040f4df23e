package dev.maskrcnn.tensor.spi;

import java.nio.ByteBuffer;

/** A block of a backend's memory. Alignment is at least 64 bytes. */
public interface Memory {
  /** Usable size in bytes. */
  long bytes();

  /** Native address (host or device). */
  long address();

  /**
   * The block as little-endian host memory.
   *
   * @throws dev.maskrcnn.tensor.device.DeviceException if the block does not live on the host
   */
  ByteBuffer host();
}
