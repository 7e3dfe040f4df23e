package dev.maskrcnn.detection.data;

import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.Pixels;
import java.util.Objects;

/**
 * One example, ready for the network but not yet normalised.
 *
 * @param entry id, file and original size
 * @param index position in the {@link SampleSource}, or in the list of files to predict
 * @param pixels RGB at network size
 * @param targets objects in network pixels
 * @param flipped whether pixels and targets are reversed in x
 */
public record Sample(
    ImageEntry entry, int index, Pixels pixels, GroundTruth targets, boolean flipped) {
  public Sample {
    Objects.requireNonNull(entry, "entry");
    Objects.requireNonNull(pixels, "pixels");
    Objects.requireNonNull(targets, "targets");
  }

  /** Size of the image in the network, before padding. */
  public ImageSize networkSize() {
    return ImageSize.of(pixels);
  }
}
