package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.spi.Memory;
import java.util.HashMap;
import java.util.Map;

/**
 * Memory shared by tensor handles, freed with the last of them. Carries a version that mutating ops
 * advance, and attachments (such as packed weights) that live as long as the memory.
 */
public final class Storage {
  /** Something that lives as long as the memory, such as a packed copy of a weight. */
  @FunctionalInterface
  public interface Attachment {
    /** Frees what it holds; called once, when the memory is freed. */
    void close();
  }

  private final Device device;
  private final Memory memory;
  private final long bytes;
  private int holders;
  private long version;
  private Map<Object, Attachment> attachments;

  Storage(Device device, Memory memory, long bytes) {
    this.device = device;
    this.memory = memory;
    this.bytes = bytes;
  }

  /** The backend's block. */
  public Memory memory() {
    return memory;
  }

  /** Advances each time an op overwrites this memory in place. */
  public long version() {
    return version;
  }

  /** Marks the content as changed; called for mutating ops and uploads. */
  void touch() {
    version++;
  }

  /** The attachment under a key, or null. */
  public Attachment attachment(Object key) {
    return attachments == null ? null : attachments.get(key);
  }

  /** Attaches something that is closed when this memory is freed. */
  public void attach(Object key, Attachment value) {
    if (attachments == null) {
      attachments = new HashMap<>();
    }
    attachments.put(key, value);
  }

  void hold() {
    holders++;
  }

  void release() {
    if (--holders > 0) {
      return;
    }
    if (attachments != null) {
      for (Attachment a : attachments.values()) {
        a.close();
      }
      attachments = null;
    }
    device.reclaim(this, memory, bytes);
  }
}
