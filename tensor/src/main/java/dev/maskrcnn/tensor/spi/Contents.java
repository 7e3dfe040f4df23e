package dev.maskrcnn.tensor.spi;

import java.util.HashMap;
import java.util.Map;

/**
 * A block of memory with a version, which advances when the block is overwritten, and attachments
 * (such as packed weights), which live as long as the block.
 */
public class Contents {
  /** Something that lives as long as the memory, such as a packed copy of a weight. */
  @FunctionalInterface
  public interface Attachment {
    /** Frees what it holds; called once, when the memory is freed. */
    void close();
  }

  private final Memory memory;
  private long version;
  private Map<Object, Attachment> attachments;

  /** Contents of a block that was just allocated. */
  public Contents(Memory memory) {
    this.memory = memory;
  }

  /** The backend's block. */
  public final Memory memory() {
    return memory;
  }

  /** Advances each time an op overwrites this memory in place. */
  public final long version() {
    return version;
  }

  /** Marks the content as changed; called for mutating ops and uploads. */
  protected final void advance() {
    version++;
  }

  /** The attachment under a key, or null. */
  public final Attachment attachment(Object key) {
    return attachments == null ? null : attachments.get(key);
  }

  /** Attaches something that is closed when this memory is freed. */
  public final void attach(Object key, Attachment value) {
    if (attachments == null) {
      attachments = new HashMap<>();
    }
    attachments.put(key, value);
  }

  /** Closes the attachments, before the memory is freed. */
  protected final void detach() {
    if (attachments != null) {
      attachments.values().forEach(Attachment::close);
      attachments = null;
    }
  }
}
