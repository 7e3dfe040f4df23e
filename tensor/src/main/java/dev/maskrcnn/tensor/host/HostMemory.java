package dev.maskrcnn.tensor.host;

import dev.maskrcnn.tensor.spi.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** A 64-byte aligned block outside of the Java heap. */
public final class HostMemory implements Memory {
  private final Pointer raw;
  private final long address;
  private final long bytes;
  private final Region region;
  private final ByteBuffer view;

  HostMemory(Pointer raw, long address, long bytes) {
    this.raw = raw;
    this.address = address;
    this.bytes = bytes;
    this.region = new Region(address, Math.min(bytes, Integer.MAX_VALUE));
    this.view = region.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  Pointer raw() {
    return raw;
  }

  /** The block as a JavaCPP pointer, for native libraries. */
  public Pointer pointer() {
    return region;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public long address() {
    return address;
  }

  @Override
  public ByteBuffer host() {
    return view;
  }

  /** A pointer to memory that somebody else owns. */
  private static final class Region extends BytePointer {
    Region(long address, long capacity) {
      super((Pointer) null);
      this.address = address;
      this.capacity = capacity;
      this.limit = capacity;
    }
  }
}
