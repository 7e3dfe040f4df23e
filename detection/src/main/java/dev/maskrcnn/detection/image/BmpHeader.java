package dev.maskrcnn.detection.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The header of a BMP file.
 *
 * @param width columns
 * @param height rows; the file may count them upwards or downwards
 * @param compression 0 for none, 1 and 2 for run lengths, 3 for bit fields; else other files inside
 * @param pixelsAt where the pixels start
 * @param stated bytes of pixels as the header states them; 0 if it does not
 */
record BmpHeader(long width, long height, int compression, long pixelsAt, long stated) {
  /** Two bytes of run lengths give 255 pixels. */
  static final long MAX_PIXELS_PER_BYTE = 256;

  private static final int EMBEDDED_JPEG = 4;
  private static final int EMBEDDED_PNG = 5;

  /** Version 2 files have sizes of 16 bits; a negative height means top-down rows. */
  static BmpHeader of(byte[] bytes) {
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long pixelsAt = data.getInt(10) & 0xffffffffL;
    if (data.getInt(14) == 12) {
      return new BmpHeader(data.getShort(18) & 0xffff, data.getShort(20) & 0xffff, 0, pixelsAt, 0);
    }
    return new BmpHeader(
        data.getInt(18),
        Math.abs((long) data.getInt(22)),
        data.getInt(30),
        pixelsAt,
        data.getInt(34) & 0xffffffffL);
  }

  /** Refuses what makes the JDK's decoder take memory that the file cannot fill. */
  static void check(byte[] bytes, String name) {
    BmpHeader header;
    try {
      header = of(bytes);
    } catch (IndexOutOfBoundsException e) {
      throw new ImageFormatException(name + ": image cut off inside its header; fetch it again", e);
    }
    if (header.compression == EMBEDDED_JPEG || header.compression == EMBEDDED_PNG) {
      throw new ImageFormatException(
          "%s: BMP with a %s inside, which no camera or program writes; convert it"
              .formatted(name, header.compression == EMBEDDED_PNG ? "PNG" : "JPEG"));
    }
    boolean runLengths = header.compression == 1 || header.compression == 2;
    if (header.pixelsAt > bytes.length || runLengths && header.stated > bytes.length) {
      throw new ImageFormatException(
          "%s: BMP that states %s bytes of pixels from byte %s on, but ends at %s; fetch it again"
              .formatted(name, header.stated, header.pixelsAt, bytes.length));
    }
  }
}
