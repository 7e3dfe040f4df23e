package dev.maskrcnn.detection.image;

import java.nio.ByteBuffer;

/** Walks the chunks of a PNG: the JDK's decoder hands out what a cut-off file still has. */
final class PngChunks {
  private static final int IEND = 0x49454e44;
  private static final int SIGNATURE_BYTES = 8;
  private static final int OVERHEAD = 12; // length, type, checksum

  private PngChunks() {}

  /** Throws if the file ends before its IEND chunk. */
  static void check(byte[] bytes, String name) {
    ByteBuffer data = ByteBuffer.wrap(bytes);
    long at = SIGNATURE_BYTES;
    while (at + OVERHEAD <= bytes.length) {
      long length = data.getInt((int) at) & 0xffffffffL;
      if (data.getInt((int) at + 4) == IEND) {
        return;
      }
      at += length + OVERHEAD;
    }
    throw new ImageFormatException(
        "%s: PNG cut off, ends at byte %d before its last chunk; fetch it again"
            .formatted(name, bytes.length));
  }
}
