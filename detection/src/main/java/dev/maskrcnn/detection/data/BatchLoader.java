package dev.maskrcnn.detection.data;

import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.RgbImage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Reads, transforms, normalises and pads the images of a planned batch. Has no state of its own, so
 * several threads may use one.
 */
public final class BatchLoader implements Function<PlannedBatch, ImageBatch> {
  /**
   * How batches are made.
   *
   * @param transform to network size
   * @param normalization of pixels
   * @param divisibility of both sides of the block
   * @param flipProbability chance of a flip, 0.5 in training and 0 in tests
   * @param seed of the flips
   */
  public record Settings(
      SampleTransform transform,
      PixelNormalization normalization,
      int divisibility,
      double flipProbability,
      long seed) {
    public Settings {
      if (!(flipProbability >= 0 && flipProbability <= 1)) {
        throw new DataException(
            "batch loader: flip probability %s, expected 0 to 1".formatted(flipProbability));
      }
    }
  }

  private final SampleSource source;
  private final Settings settings;

  /** A loader over a source. */
  public BatchLoader(SampleSource source, Settings settings) {
    this.source = source;
    this.settings = settings;
  }

  /**
   * Makes a batch.
   *
   * @throws dev.maskrcnn.detection.image.ImageFormatException if a file cannot be read
   * @throws DataException if an image is not of the size that its annotations state
   */
  @Override
  public ImageBatch apply(PlannedBatch plan) {
    DataRandom random = new DataRandom(settings.seed, plan.epoch());
    List<Sample> samples = new ArrayList<>(plan.indices().length);
    for (int index : plan.indices()) {
      samples.add(sample(index, random.flip(index, settings.flipProbability)));
    }
    return ImageBatch.of(samples, settings.normalization, settings.divisibility);
  }

  /** Makes a single example. */
  public Sample sample(int index, boolean flip) {
    ImageEntry entry = source.image(index);
    RgbImage image = ImageReader.read(entry.file());
    return settings.transform.apply(entry, index, image, source.targets(index), flip);
  }
}
