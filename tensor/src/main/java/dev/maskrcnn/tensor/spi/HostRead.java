package dev.maskrcnn.tensor.spi;

import java.nio.ByteBuffer;

/** A copy of device memory on its way to the host. */
public interface HostRead {
  /** Whether {@link #await} would return at once. */
  boolean done();

  /**
   * Waits for the copy and hands its bytes over, little-endian. Called once; the buffer is the
   * caller's only until the backend's next read.
   */
  ByteBuffer await();
}
