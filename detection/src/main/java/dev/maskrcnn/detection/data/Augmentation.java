package dev.maskrcnn.detection.data;

import dev.maskrcnn.detection.image.ColorChange;
import dev.maskrcnn.detection.image.RgbImage;
import java.util.ArrayList;
import java.util.List;

/**
 * Random changes of training images. What happens to an image is a function of seed, epoch and its
 * index, whatever batch or thread it comes to.
 *
 * @param flip probability of a reversal in x, 0.5 in the original
 * @param flipVertical probability of a reversal in y
 * @param brightness the factor is drawn from {@code 1 - brightness} (at least 0) to {@code 1 +
 *     brightness}; 0 for none. So for contrast and saturation, as in torchvision's {@code
 *     ColorJitter}
 * @param contrast see brightness
 * @param saturation see brightness
 * @param hue the shift is drawn from {@code -hue} to {@code hue}, parts of the colour circle
 */
public record Augmentation(
    double flip,
    double flipVertical,
    double brightness,
    double contrast,
    double saturation,
    double hue) {
  /** Images as they are, for tests. */
  public static final Augmentation NONE = flips(0);

  private static final int DRAWS = 8;

  public Augmentation {
    if (!(flip >= 0 && flip <= 1 && flipVertical >= 0 && flipVertical <= 1)) {
      throw new DataException(
          "augmentation: flip probabilities %s and %s, expected 0 to 1"
              .formatted(flip, flipVertical));
    }
  }

  /** Reversals in x and nothing else. */
  public static Augmentation flips(double probability) {
    return new Augmentation(probability, 0, 0, 0, 0, 0);
  }

  boolean flips(DataRandom random, int index) {
    return random.flip(index, flip);
  }

  boolean flipsVertically(DataRandom random, int index) {
    return random.augmentation(index, DRAWS, 0) < flipVertical;
  }

  /** The image in other colours, the changes in random order as in {@code ColorJitter}. */
  RgbImage colors(RgbImage image, DataRandom random, int index) {
    List<ColorChange> changes = new ArrayList<>();
    add(changes, ColorChange.Kind.BRIGHTNESS, brightness, random.augmentation(index, DRAWS, 1));
    add(changes, ColorChange.Kind.CONTRAST, contrast, random.augmentation(index, DRAWS, 2));
    add(changes, ColorChange.Kind.SATURATION, saturation, random.augmentation(index, DRAWS, 3));
    add(changes, ColorChange.Kind.HUE, hue, random.augmentation(index, DRAWS, 4));
    RgbImage out = image;
    for (int draw = 5; !changes.isEmpty(); draw++) {
      int next = (int) (random.augmentation(index, DRAWS, draw) * changes.size());
      out = changes.remove(next).apply(out);
    }
    return out;
  }

  private static void add(
      List<ColorChange> changes, ColorChange.Kind kind, double width, double uniform) {
    if (width > 0) {
      double offset = kind == ColorChange.Kind.HUE ? 0 : 1;
      double from = kind == ColorChange.Kind.HUE ? -width : Math.max(0, 1 - width);
      changes.add(new ColorChange(kind, from + uniform * (offset + width - from)));
    }
  }
}
