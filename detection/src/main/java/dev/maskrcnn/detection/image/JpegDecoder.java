package dev.maskrcnn.detection.image;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;

/**
 * JPEG to RGB. The JDK's codec delivers the raw samples (its inverse DCT and up-sampling are
 * libjpeg's, bit for bit those of Pillow for 4:4:4, 4:2:2 and 4:2:0), and the colour conversion is
 * done here with libjpeg's fixed-point constants: so neither embedded profiles nor the JDK's
 * guesses about colour spaces change pixels, and CMYK needs no colour management.
 */
final class JpegDecoder {
  /** A block of 8 x 8 in grey takes two bits, its DC and its end; progressive files still less. */
  private static final long MAX_PIXELS_PER_BYTE = 8 * 1032;

  private static final int SCALE = 16;
  private static final int HALF = 1 << (SCALE - 1);
  private static final int CR_TO_RED = 91881; // 1.40200 * 65536
  private static final int CB_TO_BLUE = 116130; // 1.77200 * 65536
  private static final int CR_TO_GREEN = 46802; // 0.71414 * 65536
  private static final int CB_TO_GREEN = 22554; // 0.34414 * 65536

  private JpegDecoder() {}

  static RgbImage decode(byte[] bytes, Orientation orientation, String name) throws IOException {
    JpegHeader header = JpegHeader.parse(bytes, name);
    ImageReader.checkHolds(header.width(), header.height(), MAX_PIXELS_PER_BYTE, bytes, name);
    byte[] samples = samples(bytes, header, name);
    byte[] rgb =
        switch (header.color()) {
          case GREY -> fromGrey(samples);
          case RGB -> samples;
          case YCBCR -> {
            fromYcc(samples, 3);
            yield samples;
          }
          case CMYK -> fromInvertedCmyk(samples);
          case YCCK -> {
            fromYcc(samples, 4);
            yield fromInvertedYcck(samples);
          }
        };
    RgbImage stored = new RgbImage(header.width(), header.height(), rgb);
    return orientation == Orientation.STORED
        ? stored
        : Orientation.turned(stored, header.orientation());
  }

  private static byte[] samples(byte[] bytes, JpegHeader header, String name) throws IOException {
    javax.imageio.ImageReader reader = reader(header.lossless(), name);
    try (ImageInputStream stream = new ByteArrayImageInputStream(bytes)) {
      DataLoss loss = new DataLoss();
      reader.addIIOReadWarningListener(loss);
      reader.setInput(stream, true, true);
      Raster raster = header.lossless() ? reader.read(0).getRaster() : reader.readRaster(0, null);
      if (loss.dataLost(bytes)) {
        throw new ImageFormatException(
            "%s: JPEG data cut off or damaged (%s); fetch it again".formatted(name, loss.first));
      }
      return interleaved(raster, header, name);
    } finally {
      reader.dispose();
    }
  }

  /** The samples as {@code [height, width, components]}, without a copy in the usual case. */
  private static byte[] interleaved(Raster raster, JpegHeader header, String name) {
    int bands = header.color().components;
    if (raster.getNumBands() != bands
        || raster.getWidth() != header.width()
        || raster.getHeight() != header.height()) {
      throw new ImageFormatException(
          "%s: decoder gave %sx%s of %s components, header says %sx%s of %s"
              .formatted(
                  name,
                  raster.getWidth(),
                  raster.getHeight(),
                  raster.getNumBands(),
                  header.width(),
                  header.height(),
                  bands));
    }
    int count = bands * header.width() * header.height();
    if (raster.getDataBuffer() instanceof DataBufferByte buffer
        && raster.getSampleModel() instanceof PixelInterleavedSampleModel model
        && buffer.getNumBanks() == 1
        && buffer.getOffset() == 0
        && buffer.getData().length == count
        && model.getPixelStride() == bands
        && inOrder(model.getBandOffsets())) {
      return buffer.getData();
    }
    int[] wide = raster.getPixels(0, 0, header.width(), header.height(), (int[]) null);
    byte[] out = new byte[count];
    for (int i = 0; i < count; i++) {
      out[i] = (byte) wide[i];
    }
    return out;
  }

  private static boolean inOrder(int[] offsets) {
    for (int i = 0; i < offsets.length; i++) {
      if (offsets[i] != i) {
        return false;
      }
    }
    return true;
  }

  /** The JDK's codec, or for the lossless process another that is installed. */
  private static javax.imageio.ImageReader reader(boolean lossless, String name) {
    Iterator<javax.imageio.ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
    while (readers.hasNext()) {
      javax.imageio.ImageReader reader = readers.next();
      boolean jdk =
          reader.getClass().getName().equals("com.sun.imageio.plugins.jpeg.JPEGImageReader");
      if (jdk != lossless) {
        return reader;
      }
    }
    throw new ImageFormatException(
        "%s: no decoder for %s JPEG is installed".formatted(name, lossless ? "lossless" : "plain"));
  }

  /**
   * Remembers the first warning. libjpeg fills up what is missing with grey and merely warns, and
   * it delivers only the first warning of a file, so a harmless one can hide that the data ended.
   */
  private static final class DataLoss implements IIOReadWarningListener {
    private String first;

    @Override
    public void warningOccurred(javax.imageio.ImageReader source, String text) {
      first = first == null ? text.strip() : first;
    }

    boolean dataLost(byte[] bytes) {
      return first != null
          && (first.toLowerCase(Locale.ROOT).contains("premature end") || !hasEndMarker(bytes));
    }

    private static boolean hasEndMarker(byte[] bytes) {
      for (int i = bytes.length - 2; i > 0; i--) {
        if (bytes[i] == (byte) 0xff && bytes[i + 1] == (byte) 0xd9) {
          return true;
        }
      }
      return false;
    }
  }

  private static byte[] fromGrey(byte[] grey) {
    byte[] out = new byte[3 * grey.length];
    for (int i = 0, o = 0; i < grey.length; i++, o += 3) {
      byte v = grey[i];
      out[o] = v;
      out[o + 1] = v;
      out[o + 2] = v;
    }
    return out;
  }

  /** Turns the first three of every {@code stride} samples from YCbCr to RGB, in place. */
  private static void fromYcc(byte[] data, int stride) {
    for (int i = 0; i < data.length; i += stride) {
      int y = data[i] & 0xff;
      int cb = (data[i + 1] & 0xff) - 128;
      int cr = (data[i + 2] & 0xff) - 128;
      data[i] = clip(y + ((CR_TO_RED * cr + HALF) >> SCALE));
      data[i + 1] = clip(y + ((HALF - CB_TO_GREEN * cb - CR_TO_GREEN * cr) >> SCALE));
      data[i + 2] = clip(y + ((CB_TO_BLUE * cb + HALF) >> SCALE));
    }
  }

  private static byte clip(int v) {
    return (byte) Math.max(0, Math.min(255, v));
  }

  /** Adobe files store CMYK inverted, so samples are 255 minus ink; Pillow takes all as such. */
  private static byte[] fromInvertedCmyk(byte[] data) {
    byte[] out = new byte[data.length / 4 * 3];
    for (int i = 0, o = 0; i < data.length; i += 4, o += 3) {
      int light = data[i + 3] & 0xff;
      for (int c = 0; c < 3; c++) {
        int ink = 255 - (data[i + c] & 0xff);
        out[o + c] = clip(light - divide255(ink * light));
      }
    }
    return out;
  }

  /** As above where the first three are the RGB of YCCK, that is, 255 minus stored CMY. */
  private static byte[] fromInvertedYcck(byte[] data) {
    for (int i = 0; i < data.length; i += 4) {
      for (int c = 0; c < 3; c++) {
        data[i + c] = (byte) (255 - (data[i + c] & 0xff));
      }
    }
    return fromInvertedCmyk(data);
  }

  /** Rounded division by 255 for 0 to 255 * 255, as Pillow's MULDIV255. */
  private static int divide255(int v) {
    int t = v + 128;
    return ((t >> 8) + t) >> 8;
  }
}
