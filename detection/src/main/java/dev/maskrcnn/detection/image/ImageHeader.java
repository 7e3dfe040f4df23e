package dev.maskrcnn.detection.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the size of an image from the beginning of its file. */
final class ImageHeader {
  /** Enough for all but JPEG files with large comments before the frame. */
  private static final int FIRST_BYTES = 1 << 16;

  private ImageHeader() {}

  /**
   * What a file says of its pixels.
   *
   * @param stored size, before any turn
   * @param orientation 1 to 8, as EXIF has it
   */
  record Stated(ImageSize stored, int orientation) {
    ImageSize size(Orientation wanted) {
      return wanted == Orientation.STORED ? stored : Orientation.turned(stored, orientation);
    }
  }

  static Stated of(Path file) {
    ImageReader.requireRegular(file);
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
        ImageSize stored = size(data.getInt(16), data.getInt(20), name);
        return new Stated(stored, PngChunks.orientation(first));
      }
      if (ImageReader.startsWith(first, 'G', 'I', 'F', '8')) {
        // Its frame may be larger than the screen that the header states.
        return new Stated(ImageSize.of(ImageReader.read(file)), 1);
      }
      if (ImageReader.startsWith(first, 'B', 'M')) {
        BmpHeader header = BmpHeader.of(first);
        return new Stated(size(header.width(), header.height(), name), 1);
      }
    } catch (IndexOutOfBoundsException e) {
      throw new ImageFormatException(name + ": image cut off inside its header; fetch it again", e);
    }
    throw ImageReader.unknown(first, name);
  }

  private static Stated jpeg(Path file, byte[] first) {
    try {
      return stated(JpegHeader.parse(first, file.toString()));
    } catch (ImageFormatException e) {
      if (first.length < FIRST_BYTES) {
        throw e;
      }
      return stated(JpegHeader.parse(ImageReader.bytes(file), file.toString()));
    }
  }

  private static Stated stated(JpegHeader header) {
    return new Stated(new ImageSize(header.width(), header.height()), header.orientation());
  }

  private static ImageSize size(long width, long height, String name) {
    ImageReader.checkSize(width, height, name);
    return new ImageSize((int) width, (int) height);
  }
}
