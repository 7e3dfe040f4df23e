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
 * @param labels row-major {@code [height * width]}, each 0 to 65535; not copied
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

  /** The pixels of one label, 1 where it is, row-major. */
  public byte[] mask(int label) {
    byte[] out = new byte[labels.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) (labels[i] == label ? 1 : 0);
    }
    return out;
  }
}
