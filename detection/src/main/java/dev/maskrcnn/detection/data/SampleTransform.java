package dev.maskrcnn.detection.data;

import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.Orientation;
import dev.maskrcnn.detection.image.Pixels;
import dev.maskrcnn.detection.image.PlannedImage;
import dev.maskrcnn.detection.image.Resampling;
import dev.maskrcnn.detection.image.ResizeRule;
import dev.maskrcnn.detection.image.RgbImage;
import java.util.Objects;

/**
 * Original image to network size, then the flip.
 *
 * @param rule decides the network size
 * @param resampling decides the pixels
 * @param boxOffset 1 where box corners are inclusive, 0 where they are continuous; the flip needs
 *     it, and the original applies it to polygons too
 * @param orientation which way up photos are read
 * @param planned leaves the pixels to the device: the sample holds a {@link PlannedImage}
 */
public record SampleTransform(
    ResizeRule rule,
    Resampling resampling,
    double boxOffset,
    Orientation orientation,
    boolean planned) {
  public SampleTransform {
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(resampling, "resampling");
    if (boxOffset != 0 && boxOffset != 1) {
      throw new DataException(
          "sample transform: box offset %s, expected 0 or 1".formatted(boxOffset));
    }
  }

  /** A transform of upright photos on the host. */
  public SampleTransform(ResizeRule rule, Resampling resampling, double boxOffset) {
    this(rule, resampling, boxOffset, Orientation.UPRIGHT, false);
  }

  /**
   * Makes a sample.
   *
   * @param entry what the image is
   * @param index its position in the source
   * @param image its pixels, original size
   * @param targets its objects, original pixels
   * @param flip whether to reverse it in x
   * @throws DataException if the pixels are not of the size that the entry states
   */
  public Sample apply(
      ImageEntry entry, int index, RgbImage image, GroundTruth targets, boolean flip) {
    ImageSize size = ImageSize.of(image);
    if (!size.equals(entry.size())) {
      throw new DataException(
          "%s: image %s is %sx%s, its annotations say %sx%s; boxes would not fit%s"
              .formatted(
                  entry.file(),
                  entry.imageId(),
                  size.width(),
                  size.height(),
                  entry.size().width(),
                  entry.size().height(),
                  ImageReader.exifReason(entry.file(), entry.size())));
    }
    ImageSize network = rule.apply(size.width(), size.height());
    Pixels pixels =
        planned
            ? new PlannedImage(image, network, resampling, false)
            : resampling.resize(image, network);
    GroundTruth resized = targets.resized(size, network);
    return flip
        ? new Sample(
            entry,
            index,
            pixels.flipped(),
            resized.flipped(network.width(), (float) boxOffset),
            true)
        : new Sample(entry, index, pixels, resized, false);
  }
}
