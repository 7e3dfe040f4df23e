package dev.maskrcnn.detection.image;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Path;

/**
 * An image whose pixels are numbers, not colours: which object or class each belongs to. Palettes
 * are for people who look at the file and are not applied.
 *
 * @param width columns
 * @param height rows
 * @param labels row-major {@code [height * width]}, each 0 or more; not copied
 */
public record LabelImage(int width, int height, int[] labels) {
  public LabelImage {
    if (width < 1 || height < 1 || labels.length != (long) width * height) {
      throw new IllegalArgumentException(
          "label image: %s labels for %sx%s".formatted(labels.length, width, height));
    }
  }

  /**
   * Reads a PNG with a palette or of one grey channel, up to 16 bits.
   *
   * @throws ImageFormatException if the file is missing, damaged, no PNG, or has colours
   */
  public static LabelImage read(Path file) {
    byte[] bytes = ImageReader.bytes(file);
    try {
      if (!ImageReader.startsWith(bytes, 0x89, 'P', 'N', 'G')) {
        throw new ImageFormatException(
            file + ": is no PNG; labels need a format that keeps them exactly");
      }
      BufferedImage image = RasterDecoder.image(bytes, "png", file.toString());
      Raster raster = image.getRaster();
      if (raster.getNumBands() != 1) {
        throw new ImageFormatException(
            "%s: has %s channels, expected a palette or one grey channel of labels"
                .formatted(file, raster.getNumBands()));
      }
      int width = image.getWidth();
      int height = image.getHeight();
      return new LabelImage(
          width, height, raster.getPixels(0, 0, width, height, new int[width * height]));
    } catch (ImageFormatException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw ImageReader.damaged(file.toString(), e);
    }
  }

  /**
   * Reads a PNG in which each value, or each colour, is a label of its own; 0, black and what is
   * wholly transparent are 0.
   *
   * @throws ImageFormatException if the file is missing, damaged or no PNG
   */
  public static LabelImage ofColors(Path file) {
    return ofColors(ImageReader.bytes(file), file.toString());
  }

  /**
   * The same for a file in memory.
   *
   * @param name what errors call it
   */
  public static LabelImage ofColors(byte[] bytes, String name) {
    try {
      if (!ImageReader.startsWith(bytes, 0x89, 'P', 'N', 'G')) {
        throw new ImageFormatException(
            name + ": is no PNG; labels need a format that keeps them exactly");
      }
      BufferedImage image = RasterDecoder.image(bytes, "png", name);
      Raster raster = image.getRaster();
      int width = image.getWidth();
      int height = image.getHeight();
      int bands = raster.getNumBands();
      int colors = bands == 4 || bands == 2 ? bands - 1 : bands;
      int[] row = new int[width * bands];
      int[] labels = new int[width * height];
      for (int y = 0; y < height; y++) {
        raster.getPixels(0, y, width, 1, row);
        for (int x = 0; x < width; x++) {
          int label = 0;
          for (int c = 0; c < colors; c++) {
            label = label * (colors == 1 ? 1 : 256) + row[x * bands + c];
          }
          boolean clear = colors < bands && row[x * bands + colors] == 0;
          labels[y * width + x] = clear ? 0 : label;
        }
      }
      return new LabelImage(width, height, labels);
    } catch (ImageFormatException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw ImageReader.damaged(name, e);
    }
  }

  /** The pixels of one label, 1 where it is, row-major. */
  public byte[] mask(int label) {
    byte[] out = new byte[labels.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) (labels[i] == label ? 1 : 0);
    }
    return out;
  }
}
