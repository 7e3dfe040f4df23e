package dev.maskrcnn.detection.image;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.DirectColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.EOFException;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;

/**
 * PNG, BMP and GIF to RGB through the JDK's codecs. Samples are taken from the raster, never
 * through {@code BufferedImage.getRGB}, which would apply gamma to grey images.
 */
final class RasterDecoder {
  private RasterDecoder() {}

  /** What the codec makes of the file, before any conversion of colours. */
  static BufferedImage image(byte[] bytes, String format, String name) throws IOException {
    return read(bytes, format, name, (image, reader) -> image);
  }

  static RgbImage decode(byte[] bytes, String format, String name) throws IOException {
    return read(
        bytes,
        format,
        name,
        (image, reader) -> {
          RgbImage frame = toRgb(image, name);
          return format.equals("gif") ? GifScreen.place(frame, image, bytes, reader, name) : frame;
        });
  }

  /** Goes on with a decoded image while its reader is open. */
  @FunctionalInterface
  private interface Finish<T> {
    T apply(BufferedImage image, javax.imageio.ImageReader reader) throws IOException;
  }

  private static <T> T read(byte[] bytes, String format, String name, Finish<T> finish)
      throws IOException {
    if (format.equals("png")) {
      PngChunks.check(bytes, name);
    } else if (format.equals("bmp")) {
      BmpHeader.check(bytes, name);
    }
    long perByte =
        switch (format) {
          case "png" -> PngChunks.MAX_PIXELS_PER_BYTE;
          case "gif" -> GifScreen.MAX_PIXELS_PER_BYTE;
          default -> BmpHeader.MAX_PIXELS_PER_BYTE;
        };
    Iterator<javax.imageio.ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
    if (!readers.hasNext()) {
      throw new ImageFormatException("%s: no decoder for %s is installed".formatted(name, format));
    }
    javax.imageio.ImageReader reader = readers.next();
    try (ImageInputStream stream = new ByteArrayImageInputStream(bytes)) {
      Warnings warnings = new Warnings();
      reader.addIIOReadWarningListener(warnings);
      reader.setInput(stream, false, format.equals("png"));
      ImageReader.checkSize(reader.getWidth(0), reader.getHeight(0), name);
      ImageReader.checkHolds(reader.getWidth(0), reader.getHeight(0), perByte, bytes, name);
      BufferedImage image = reader.read(0);
      if (warnings.first != null) {
        throw new ImageFormatException(
            "%s: damaged image data (%s); fetch it again".formatted(name, warnings.first));
      }
      return finish.apply(image, reader);
    } catch (EOFException e) {
      throw new ImageFormatException(name + ": image data cut off; fetch it again", e);
    } finally {
      reader.dispose();
    }
  }

  private static final class Warnings implements IIOReadWarningListener {
    private String first;

    @Override
    public void warningOccurred(javax.imageio.ImageReader source, String text) {
      first = first == null ? text.strip() : first;
    }
  }

  static RgbImage toRgb(BufferedImage image, String name) {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] out = new byte[3 * width * height];
    RowReader rows = rowReader(image, name);
    int[] row = new int[width * image.getRaster().getNumBands()];
    for (int y = 0; y < height; y++) {
      image.getRaster().getPixels(0, y, width, 1, row);
      rows.convert(row, out, 3 * width * y);
    }
    return new RgbImage(width, height, out);
  }

  /** Turns the samples of one row, all bands interleaved, into RGB bytes. */
  private interface RowReader {
    void convert(int[] samples, byte[] out, int at);
  }

  private static RowReader rowReader(BufferedImage image, String name) {
    if (image.getColorModel() instanceof IndexColorModel palette) {
      return palette(palette);
    }
    Raster raster = image.getRaster();
    int bands = raster.getNumBands();
    if (image.getColorModel() instanceof DirectColorModel packed) {
      return packed(packed.getComponentSize(), bands);
    }
    int type = raster.getTransferType();
    if (type != DataBuffer.TYPE_BYTE && type != DataBuffer.TYPE_USHORT) {
      throw new ImageFormatException(
          "%s: samples of transfer type %s, expected 8 or 16 bits; convert it"
              .formatted(name, type));
    }
    int shift = type == DataBuffer.TYPE_USHORT ? 8 : 0;
    int green = bands >= 3 ? 1 : 0;
    return (samples, out, at) -> {
      int o = at;
      for (int i = 0; i < samples.length; i += bands, o += 3) {
        out[o] = (byte) (samples[i] >> shift);
        out[o + 1] = (byte) (samples[i + green] >> shift);
        out[o + 2] = (byte) (samples[i + 2 * green] >> shift);
      }
    };
  }

  private static RowReader palette(IndexColorModel palette) {
    int size = palette.getMapSize();
    byte[] red = new byte[size];
    byte[] green = new byte[size];
    byte[] blue = new byte[size];
    palette.getReds(red);
    palette.getGreens(green);
    palette.getBlues(blue);
    return (samples, out, at) -> {
      int o = at;
      for (int index : samples) {
        out[o] = red[index];
        out[o + 1] = green[index];
        out[o + 2] = blue[index];
        o += 3;
      }
    };
  }

  /** 5 and 6 bit channels are spread over 0 to 255 with truncation, as Pillow does. */
  private static RowReader packed(int[] bits, int bands) {
    int[] max = new int[3];
    for (int c = 0; c < 3; c++) {
      max[c] = (1 << bits[c]) - 1;
    }
    return (samples, out, at) -> {
      int o = at;
      for (int i = 0; i < samples.length; i += bands) {
        for (int c = 0; c < 3; c++) {
          out[o++] = (byte) (samples[i + c] * 255 / max[c]);
        }
      }
    };
  }
}
