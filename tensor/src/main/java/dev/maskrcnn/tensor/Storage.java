package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.spi.Contents;
import dev.maskrcnn.tensor.spi.Memory;

/**
 * Memory shared by tensor handles, freed with the last of them. Its identity tells whether two
 * tensors share their data; its {@linkplain #version version} whether the data changed.
 */
public final class Storage extends Contents {
  private final Device device;
  private final long bytes;
  private int holders;

  Storage(Device device, Memory memory, long bytes) {
    super(memory);
    this.device = device;
    this.bytes = bytes;
  }

  /** Marks the content as changed; called for mutating ops and uploads. */
  void touch() {
    advance();
  }

  long bytes() {
    return bytes;
  }

  void hold() {
    holders++;
  }

  void release() {
    if (--holders == 0) {
      detach();
      device.reclaim(this);
    }
  }
}
