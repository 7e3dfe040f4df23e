package dev.maskrcnn.detection.image;

import java.nio.ByteBuffer;

/** Walks the chunks of a PNG: the JDK's decoder hands out what a cut-off file still has. */
final class PngChunks {
  /** One bit a pixel, at deflate's limit of 1032 to 1. */
  static final long MAX_PIXELS_PER_BYTE = 8 * 1032;

  private static final int EXIF = 0x65584966;
  private static final int IDAT = 0x49444154;
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
        "%s: PNG cut off, ends at byte %s before its last chunk; fetch it again"
            .formatted(name, bytes.length));
  }

  /** The EXIF orientation 1 to 8 that a chunk before the pixels states; 1 if none does. */
  static int orientation(byte[] bytes) {
    ByteBuffer data = ByteBuffer.wrap(bytes);
    long at = SIGNATURE_BYTES;
    while (at + OVERHEAD <= bytes.length) {
      long length = data.getInt((int) at) & 0xffffffffL;
      int type = data.getInt((int) at + 4);
      long end = at + 8 + length;
      if (type == EXIF && end <= bytes.length) {
        return Orientation.exif(bytes, (int) at + 8, (int) end);
      }
      if (type == IDAT) {
        return 1;
      }
      at += length + OVERHEAD;
    }
    return 1;
  }
}
