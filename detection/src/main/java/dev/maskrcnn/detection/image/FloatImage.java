package dev.maskrcnn.detection.image;

/**
 * A colour image with fractional values, as a resampler gives that does not round to bytes.
 *
 * @param width width in pixels, at least 1
 * @param height height in pixels, at least 1
 * @param pixels {@code [height, width, 3]}, RGB, 0 to 255; not copied, do not write into it
 */
public record FloatImage(int width, int height, float[] pixels) implements Pixels {
  public FloatImage {
    if (width < 1 || height < 1 || pixels.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "float image: %s values for %sx%s pixels, expected %s (3 per pixel, sides at least 1)"
              .formatted(pixels.length, width, height, 3L * width * height));
    }
  }

  @Override
  public FloatImage flipped() {
    float[] out = new float[pixels.length];
    int stride = 3 * width;
    for (int row = 0; row < pixels.length; row += stride) {
      for (int from = row, to = row + stride - 3; from < row + stride; from += 3, to -= 3) {
        out[to] = pixels[from];
        out[to + 1] = pixels[from + 1];
        out[to + 2] = pixels[from + 2];
      }
    }
    return new FloatImage(width, height, out);
  }
}
