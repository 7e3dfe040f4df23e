package dev.maskrcnn.detection.image;

import java.awt.image.BufferedImage;

/**
 * An 8-bit colour image.
 *
 * @param width width in pixels, at least 1
 * @param height height in pixels, at least 1
 * @param pixels {@code [height, width, 3]}, RGB, each byte unsigned; not copied, do not write into
 *     it
 */
public record RgbImage(int width, int height, byte[] pixels) implements Pixels {
  public RgbImage {
    if (width < 1 || height < 1 || pixels.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "rgb image: %s bytes for %sx%s pixels, expected %s (3 per pixel, sides at least 1)"
              .formatted(pixels.length, width, height, 3L * width * height));
    }
  }

  /**
   * The pixels of an image of the JDK, with 8 or 16 bits per sample; transparency is left out.
   *
   * @throws ImageFormatException if its samples are of another kind
   */
  public static RgbImage of(BufferedImage image) {
    return RasterDecoder.toRgb(image, "image");
  }

  /** Reversed in y. */
  public RgbImage upsideDown() {
    byte[] out = new byte[pixels.length];
    int stride = 3 * width;
    for (int y = 0; y < height; y++) {
      System.arraycopy(pixels, stride * y, out, stride * (height - 1 - y), stride);
    }
    return new RgbImage(width, height, out);
  }

  @Override
  public RgbImage flipped() {
    byte[] out = new byte[pixels.length];
    int stride = 3 * width;
    for (int row = 0; row < pixels.length; row += stride) {
      for (int from = row, to = row + stride - 3; from < row + stride; from += 3, to -= 3) {
        out[to] = pixels[from];
        out[to + 1] = pixels[from + 1];
        out[to + 2] = pixels[from + 2];
      }
    }
    return new RgbImage(width, height, out);
  }
}
