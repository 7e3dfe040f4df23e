package dev.maskrcnn.tensor.spi;

import java.nio.ByteBuffer;

/** What a device is made of: memory and kernels. Used from one thread. */
public interface Backend extends AutoCloseable {
  /** Short name, such as {@code cpu} or {@code cuda:0}. */
  String name();

  /** The kernels of this backend. */
  KernelTable kernels();

  /** A block of at least {@code bytes} bytes with undefined content. */
  Memory allocate(long bytes);

  /** Returns a block to the backend. */
  void free(Memory memory);

  /** Copies host bytes (from position to limit) into a block. */
  void upload(ByteBuffer source, Memory target);

  /** Copies a block into host bytes (from position to limit). */
  void download(Memory source, ByteBuffer target);

  /** Waits until all work issued so far is done. */
  void synchronize();

  /** Bytes that this backend holds from the system (in use and pooled). */
  long reservedBytes();

  @Override
  void close();
}
