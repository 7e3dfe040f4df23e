package dev.maskrcnn.detection.data;

import dev.maskrcnn.detection.image.ImageFormatException;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.Orientation;
import dev.maskrcnn.detection.image.RgbImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
   * @param augmentation random changes, {@link Augmentation#NONE} in tests
   * @param seed of the augmentation and the choice of transforms
   */
  public record Settings(
      List<SampleTransform> transforms,
      PixelNormalization normalization,
      int divisibility,
      Augmentation augmentation,
      long seed) {
    public Settings {
      transforms = List.copyOf(transforms);
      if (transforms.isEmpty()) {
        throw new DataException("batch loader: no transform, expected at least one");
      }
    }
  }

  private final SampleSource source;
  private final Settings settings;
  private final Optional<DamagedImages> damaged;
  private final DamagedImages.Instead instead;

  /** A loader over a source; a damaged image is an error. */
  public BatchLoader(SampleSource source, Settings settings) {
    this(source, settings, Optional.empty(), DamagedImages.Instead.NEXT_IMAGE);
  }

  /**
   * The same with a choice.
   *
   * @param damaged collects the images that cannot be read; without it they are errors
   * @param instead what takes their place: a function of the plan and of which images are damaged,
   *     so that a resumed run has the same batches
   */
  public BatchLoader(
      SampleSource source,
      Settings settings,
      Optional<DamagedImages> damaged,
      DamagedImages.Instead instead) {
    this.source = source;
    this.settings = settings;
    this.damaged = damaged;
    this.instead = instead;
  }

  /**
   * Makes a batch.
   *
   * @throws ImageFormatException if a file cannot be read
   * @throws DataException if an image is not of the size that its annotations state
   */
  @Override
  public ImageBatch apply(PlannedBatch plan) {
    DataRandom random = new DataRandom(settings.seed, plan.epoch());
    Set<Integer> taken = new HashSet<>();
    for (int index : plan.indices()) {
      taken.add(index);
    }
    List<Sample> samples = new ArrayList<>(plan.indices().length);
    for (int index : plan.indices()) {
      Sample sample = sound(index, random, taken);
      taken.add(sample.index());
      samples.add(sample);
    }
    return ImageBatch.of(samples, settings.normalization, settings.divisibility);
  }

  /** The image, or what takes its place if it is damaged and may be left out. */
  private Sample sound(int index, DataRandom random, Set<Integer> taken) {
    try {
      return read(index, random);
    } catch (ImageFormatException | DataException e) {
      DamagedImages found = damaged.orElseThrow(() -> e);
      found.add(source.image(index), e);
      if (instead == DamagedImages.Instead.BLANK) {
        ImageEntry entry = source.image(index);
        byte[] black = new byte[3 * entry.size().width() * entry.size().height()];
        return sample(
            index, random, new RgbImage(entry.size().width(), entry.size().height(), black));
      }
      // First those that the batch does not have; only a tiny data set has none.
      for (int step = 1; step < 2 * source.size(); step++) {
        int next = (int) (((long) index + step) % source.size());
        if (step >= source.size() || !taken.contains(next)) {
          try {
            return read(next, random);
          } catch (ImageFormatException | DataException another) {
            found.add(source.image(next), another);
          }
        }
      }
      throw e;
    }
  }

  private Sample read(int index, DataRandom random) {
    Orientation orientation = settings.transforms.get(0).orientation();
    return sample(index, random, ImageReader.read(source.image(index).file(), orientation));
  }

  private Sample sample(int index, DataRandom random, RgbImage image) {
    Augmentation augmentation = settings.augmentation;
    SampleTransform transform =
        settings.transforms.get(random.choice(index, settings.transforms.size()));
    ImageEntry entry = source.image(index);
    RgbImage colored = augmentation.colors(image, random, index);
    GroundTruth truth = source.targets(index);
    boolean upsideDown = augmentation.flipsVertically(random, index);
    return transform.apply(
        entry,
        index,
        upsideDown ? colored.upsideDown() : colored,
        upsideDown ? truth.upsideDown(entry.size().height(), (float) transform.boxOffset()) : truth,
        augmentation.flips(random, index));
  }
}
