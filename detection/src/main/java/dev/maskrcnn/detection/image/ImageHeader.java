package dev.maskrcnn.detection.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the size of an image from the beginning of its file. */
final class ImageHeader {
  /** Enough for all but JPEG files with large comments before the frame. */
  private static final int FIRST_BYTES = 1 << 16;

  private ImageHeader() {}

  static ImageSize size(Path file) {
    byte[] first;
    try (InputStream in = Files.newInputStream(file)) {
      first = in.readNBytes(FIRST_BYTES);
    } catch (IOException e) {
      throw ImageReader.unreadable(file, e);
    }
    if (first.length == 0) {
      throw new ImageFormatException(file + ": the image file is empty; fetch it again");
    }
    String name = file.toString();
    try {
      if (ImageReader.startsWith(first, 0xff, 0xd8, 0xff)) {
        return jpeg(file, first);
      }
      ByteBuffer data = ByteBuffer.wrap(first);
      if (ImageReader.startsWith(first, 0x89, 'P', 'N', 'G')) {
        return size(data.getInt(16), data.getInt(20), name);
      }
      if (ImageReader.startsWith(first, 'G', 'I', 'F', '8')) {
        // Its frame may be larger than the screen that the header states.
        return ImageSize.of(ImageReader.read(file));
      }
      data.order(ByteOrder.LITTLE_ENDIAN);
      if (ImageReader.startsWith(first, 'B', 'M')) {
        return bmp(data, name);
      }
    } catch (IndexOutOfBoundsException e) {
      throw new ImageFormatException(name + ": image cut off inside its header; fetch it again", e);
    }
    throw ImageReader.unknown(first, name);
  }

  private static ImageSize jpeg(Path file, byte[] first) {
    try {
      return size(JpegHeader.parse(first, file.toString()));
    } catch (ImageFormatException e) {
      if (first.length < FIRST_BYTES) {
        throw e;
      }
      return size(JpegHeader.parse(ImageReader.bytes(file), file.toString()));
    }
  }

  private static ImageSize size(JpegHeader header) {
    return new ImageSize(header.width(), header.height());
  }

  /** Version 2 files have sizes of 16 bits; a negative height means top-down rows. */
  private static ImageSize bmp(ByteBuffer data, String name) {
    boolean old = data.getInt(14) == 12;
    long width = old ? data.getShort(18) & 0xffff : data.getInt(18);
    long height = old ? data.getShort(20) & 0xffff : Math.abs((long) data.getInt(22));
    return size(width, height, name);
  }

  private static ImageSize size(long width, long height, String name) {
    ImageReader.checkSize(width, height, name);
    return new ImageSize((int) width, (int) height);
  }
}
