package dev.maskrcnn.detection.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Reads image files as 8-bit RGB, with the values that Pillow's {@code
 * Image.open(file).convert("RGB")} gives, which is what the published models were trained on.
 *
 * <p>The format is told by the first bytes, never by the name: JPEG (baseline, progressive, grey,
 * RGB, CMYK, YCCK, lossless), PNG (all colour types and depths), BMP, GIF (first frame). Alpha is
 * dropped, not blended. Photos are turned upright by their EXIF orientation, as browsers,
 * annotation tools and detectron2 do, unless {@link Orientation#STORED} is asked for, as the
 * original does. Embedded colour profiles are ignored. A channel of 16 bits gives its high byte;
 * Pillow does so too, except for 16-bit grey, which it clips to white.
 *
 * <p>Nothing is cached on disk and no file stays open. Safe to call from several threads.
 */
public final class ImageReader {
  /** Above this many pixels a declared size is taken for an error or an attack (Pillow's bound). */
  public static final long MAX_PIXELS = 178_956_970;

  private static final long MAX_FILE_BYTES = 1L << 29;

  private ImageReader() {}

  /**
   * Reads one image.
   *
   * @param file the file
   * @return its pixels, upright
   * @throws ImageFormatException if the file is missing, empty, of another format, damaged, cut
   *     off, or declares more than {@link #MAX_PIXELS} pixels; the message names the file
   */
  public static RgbImage read(Path file) {
    return read(file, Orientation.UPRIGHT);
  }

  /**
   * Reads one image.
   *
   * @param file the file
   * @param orientation which way up
   * @throws ImageFormatException as {@link #read(Path)}
   */
  public static RgbImage read(Path file, Orientation orientation) {
    return decode(bytes(file), orientation, file.toString());
  }

  /**
   * Decodes an image that is already in memory.
   *
   * @param bytes the contents of an image file
   * @param name what error messages call it
   * @return its pixels, upright
   * @throws ImageFormatException as {@link #read(Path)}
   */
  public static RgbImage decode(byte[] bytes, String name) {
    return decode(bytes, Orientation.UPRIGHT, name);
  }

  static RgbImage decode(byte[] bytes, Orientation orientation, String name) {
    if (bytes.length == 0) {
      throw new ImageFormatException(name + ": the image file is empty; fetch it again");
    }
    try {
      if (startsWith(bytes, 0xff, 0xd8, 0xff)) {
        return JpegDecoder.decode(bytes, orientation, name);
      }
      if (startsWith(bytes, 0x89, 'P', 'N', 'G')) {
        RgbImage stored = RasterDecoder.decode(bytes, "png", name);
        return orientation == Orientation.STORED
            ? stored
            : Orientation.turned(stored, PngChunks.orientation(bytes));
      }
      if (startsWith(bytes, 'G', 'I', 'F', '8')) {
        return RasterDecoder.decode(bytes, "gif", name);
      }
      if (startsWith(bytes, 'B', 'M')) {
        return RasterDecoder.decode(bytes, "bmp", name);
      }
    } catch (ImageFormatException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw damaged(name, e);
    } catch (OutOfMemoryError e) {
      // One array for the pixels was too large; nothing else is lost, so a folder can go on.
      throw new ImageFormatException(
          name + ": the pixels need more memory than is left; shrink the image or raise -Xmx", e);
    }
    throw unknown(bytes, name);
  }

  /**
   * The size that an image file states, upright, from its first bytes; the pixels are not looked
   * at.
   *
   * @throws ImageFormatException if the file is missing, of another format, or its header is
   *     damaged
   */
  public static ImageSize size(Path file) {
    return size(file, Orientation.UPRIGHT);
  }

  /**
   * The size that an image file states.
   *
   * @param file the file
   * @param orientation which way up
   * @throws ImageFormatException as {@link #size(Path)}
   */
  public static ImageSize size(Path file, Orientation orientation) {
    return ImageHeader.of(file).size(orientation);
  }

  /**
   * The EXIF orientation of an image file: 1 for as stored, up to 8.
   *
   * @throws ImageFormatException as {@link #size(Path)}
   */
  public static int exif(Path file) {
    return ImageHeader.of(file).orientation();
  }

  /**
   * Why a file is of another size than stated, if its EXIF orientation is the reason; to be added
   * to a message.
   *
   * @param file of an image
   * @param stated the size that annotations state
   * @return empty if EXIF does not explain it
   */
  public static String exifReason(Path file, ImageSize stated) {
    ImageHeader.Stated header;
    try {
      header = ImageHeader.of(file);
    } catch (ImageFormatException e) {
      return ""; // then it is not EXIF
    }
    boolean turns = header.orientation() > 4;
    if (turns && stated.equals(header.stored())) {
      return "; its EXIF orientation %s turns it, but the annotations fit the stored pixels: %s"
          .formatted(
              header.orientation(), "set INPUT.EXIF_ORIENTATION False, or give --stored-pixels");
    }
    return turns && stated.equals(header.size(Orientation.UPRIGHT))
        ? "; the annotations fit it turned upright by its EXIF orientation %s: %s"
            .formatted(
                header.orientation(), "set INPUT.EXIF_ORIENTATION True, without --stored-pixels")
        : "";
  }

  /**
   * On damaged files the JDK's codecs throw nearly anything: IllegalArgument, ArrayIndex,
   * NegativeArraySize, ClassCast; some messages have several lines.
   */
  static ImageFormatException damaged(String name, Exception e) {
    return new ImageFormatException(
        "%s: damaged image file (%s); fetch it again".formatted(name, firstLine(e)), e);
  }

  static ImageFormatException unknown(byte[] bytes, String name) {
    return new ImageFormatException(
        "%s: unknown image format, first bytes %s, expected JPEG, PNG, BMP or GIF; convert it"
            .formatted(name, hex(bytes)));
  }

  /** Rejects a declared size before memory is taken for it. */
  static void checkSize(long width, long height, String name) {
    if (width < 1 || height < 1) {
      throw new ImageFormatException(
          "%s: declared size %sx%s, expected at least 1x1; the file is damaged"
              .formatted(name, width, height));
    }
    if (width > MAX_PIXELS / height) {
      throw new ImageFormatException(
          "%s: declared size %sx%s, expected at most %s pixels; shrink the image"
              .formatted(name, width, height, MAX_PIXELS));
    }
  }

  /**
   * Rejects a size that the file is too short for.
   *
   * @param perByte the most pixels that a byte of the format can give
   */
  static void checkHolds(long width, long height, long perByte, byte[] bytes, String name) {
    if (width * height / perByte > bytes.length) {
      throw new ImageFormatException(
          "%s: %s bytes cannot hold %sx%s pixels; the file is damaged, fetch it again"
              .formatted(name, bytes.length, width, height));
    }
  }

  /** A pipe would wait for a writer, a device file for ever. */
  static void requireRegular(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new ImageFormatException(
          "%s: %s, expected an image file"
              .formatted(file, Files.isDirectory(file) ? "is a folder" : "is a pipe or device"));
    }
  }

  static byte[] bytes(Path file) {
    requireRegular(file);
    try {
      long size = Files.size(file);
      if (size > MAX_FILE_BYTES) {
        throw new ImageFormatException(
            "%s: %s bytes, expected at most %s for an image file"
                .formatted(file, size, MAX_FILE_BYTES));
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  static ImageFormatException unreadable(Path file, IOException e) {
    return e instanceof NoSuchFileException
        ? new ImageFormatException(
            file + ": no such image file; check the image folder and the file_name entries", e)
        : new ImageFormatException(
            "%s: cannot read the image file (%s)".formatted(file, firstLine(e)), e);
  }

  static boolean startsWith(byte[] bytes, int... magic) {
    if (bytes.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if ((bytes[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  private static String hex(byte[] bytes) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < Math.min(8, bytes.length); i++) {
      out.append(i == 0 ? "" : " ").append(String.format(Locale.ROOT, "%02x", bytes[i]));
    }
    return out.toString();
  }

  private static String firstLine(Throwable e) {
    String text = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage().strip();
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }
}
