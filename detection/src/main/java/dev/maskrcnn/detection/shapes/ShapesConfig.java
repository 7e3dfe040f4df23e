package dev.maskrcnn.detection.shapes;

/**
 * What a shapes data set holds.
 *
 * @param trainImages number of training images, 0 or more
 * @param valImages number of validation images, 0 or more
 * @param size width and height of each image in pixels, 64 to 4096; objects grow with it
 * @param seed of everything random
 */
public record ShapesConfig(int trainImages, int valImages, int size, long seed) {
  /** Most images of a split, so that image and annotation ids stay apart. */
  static final int MOST_IMAGES = 900_000;

  /** Checks the ranges. */
  public ShapesConfig {
    check("trainImages", trainImages, 0, MOST_IMAGES);
    check("valImages", valImages, 0, MOST_IMAGES);
    check("size", size, 64, 4096);
  }

  /** What {@code maskrcnn train} makes without a word about data, and {@code dataset shapes}. */
  public static ShapesConfig defaults() {
    return new ShapesConfig(1600, 60, 128, 1);
  }

  private static void check(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "shapes: %s must be %s to %s, got %s".formatted(what, least, most, value));
    }
  }
}
