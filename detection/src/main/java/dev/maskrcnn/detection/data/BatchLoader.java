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
   * @param transforms to network size; of several, one is drawn for each image
   * @param normalization of pixels
   * @param divisibility of both sides of the block
   * @param flipProbability chance of a flip, 0.5 in training and 0 in tests
   * @param seed of the flips and transforms
   */
  public record Settings(
      List<SampleTransform> transforms,
      PixelNormalization normalization,
      int divisibility,
      double flipProbability,
      long seed) {
    public Settings {
      transforms = List.copyOf(transforms);
      if (transforms.isEmpty()) {
        throw new DataException("batch loader: no transform, expected at least one");
      }
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
      int choice = random.choice(index, settings.transforms.size());
      boolean flip = random.flip(index, settings.flipProbability);
      samples.add(sample(index, settings.transforms.get(choice), flip));
    }
    return ImageBatch.of(samples, settings.normalization, settings.divisibility);
  }

  private Sample sample(int index, SampleTransform transform, boolean flip) {
    ImageEntry entry = source.image(index);
    RgbImage image = ImageReader.read(entry.file(), transform.orientation());
    return transform.apply(entry, index, image, source.targets(index), flip);
  }
}
