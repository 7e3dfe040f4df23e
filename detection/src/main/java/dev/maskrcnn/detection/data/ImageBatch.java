package dev.maskrcnn.detection.data;

import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.PlannedImage;
import java.util.List;
import java.util.Optional;

/**
 * Images of different sizes as one block.
 *
 * @param pixels {@code [n, height, width, 3]}, normalised; each image in the upper left corner, 0
 *     (the mean colour) to its right and below; not copied, do not write into it. Empty if the
 *     block is planned
 * @param size height and width of the block, in pixels
 * @param samples the n examples, in order
 * @param planned how pixels are to be normalised, if a device makes the block of samples that are
 *     {@link PlannedImage}s
 */
public record ImageBatch(
    float[] pixels, ImageSize size, List<Sample> samples, Optional<PixelNormalization> planned) {
  public ImageBatch {
    samples = List.copyOf(samples);
    long expected = planned.isPresent() ? 0 : elements(samples.size(), size.width(), size.height());
    if (pixels.length != expected) {
      throw new IllegalArgumentException(
          "image batch: %s numbers, expected %s for %s images of %sx%s"
              .formatted(pixels.length, expected, samples.size(), size.width(), size.height()));
    }
  }

  /**
   * Normalises and pads, or leaves that to the device if all samples are planned.
   *
   * @param samples at least one
   * @param normalization of the pixels
   * @param divisibility both sides of the block become multiples of it; 0 or 1 for no rounding, 32
   *     for a feature pyramid
   * @throws DataException if the block would not fit into an array
   */
  public static ImageBatch of(
      List<Sample> samples, PixelNormalization normalization, int divisibility) {
    if (samples.isEmpty() || divisibility < 0) {
      throw new DataException(
          "image batch: %s images at divisibility %s, expected at least 1 and at least 0"
              .formatted(samples.size(), divisibility));
    }
    int width = 0;
    int height = 0;
    for (Sample sample : samples) {
      width = Math.max(width, sample.pixels().width());
      height = Math.max(height, sample.pixels().height());
    }
    ImageSize size = block(new ImageSize(width, height), divisibility);
    width = size.width();
    height = size.height();
    long count = elements(samples.size(), width, height);
    if (count > Integer.MAX_VALUE - 8) {
      throw new DataException(
          "image batch: %s images of %sx%s are %s numbers, expected at most 2^31; use fewer"
                  .formatted(samples.size(), width, height, count)
              + " images per batch or a smaller INPUT.MAX_SIZE_*");
    }
    if (samples.stream().allMatch(sample -> sample.pixels() instanceof PlannedImage)) {
      return new ImageBatch(new float[0], size, samples, Optional.of(normalization));
    }
    float[] out = new float[(int) count];
    for (int i = 0; i < samples.size(); i++) {
      normalization.write(samples.get(i).pixels(), out, i * 3 * width * height, width);
    }
    return new ImageBatch(out, size, samples, Optional.empty());
  }

  private static long elements(int count, int width, int height) {
    return 3L * count * width * height;
  }

  /** The size of a block around an image alone. */
  static ImageSize block(ImageSize image, int divisibility) {
    return new ImageSize(
        roundUp(image.width(), divisibility), roundUp(image.height(), divisibility));
  }

  private static int roundUp(int v, int divisor) {
    return divisor <= 1 ? v : (v + divisor - 1) / divisor * divisor;
  }

  /** Number of images, n. */
  public int count() {
    return samples.size();
  }

  /** The names of the image files, for messages. */
  public List<String> fileNames() {
    return samples.stream().map(s -> s.entry().file().getFileName().toString()).toList();
  }

  /** {@code [n, 2]}: height and width of each image before padding. */
  public int[] imageSizes() {
    int[] out = new int[2 * count()];
    for (int i = 0; i < count(); i++) {
      out[2 * i] = samples.get(i).pixels().height();
      out[2 * i + 1] = samples.get(i).pixels().width();
    }
    return out;
  }
}
