package dev.maskrcnn.cuda;

/** Parts of one scratch block, each aligned like an allocation of its own. */
final class ScratchLayout {
  private static final long ALIGNMENT = 256;

  private long bytes;

  /** Offset of a part of so many bytes. */
  long add(long size) {
    long offset = bytes;
    bytes += Launch.ceilDiv(size, ALIGNMENT) * ALIGNMENT;
    return offset;
  }

  /** All parts together. */
  long bytes() {
    return bytes;
  }
}
