package dev.maskrcnn.detection.image;

/**
 * Size of an image in pixels.
 *
 * @param width at least 1
 * @param height at least 1
 */
public record ImageSize(int width, int height) {
  public ImageSize {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "image size: %sx%s, expected at least 1x1".formatted(width, height));
    }
  }

  /** The size of an image. */
  public static ImageSize of(Pixels image) {
    return new ImageSize(image.width(), image.height());
  }
}
