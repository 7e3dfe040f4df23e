package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.coco.TrainingRule;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.data.Augmentation;
import dev.maskrcnn.detection.data.BatchLoader;
import dev.maskrcnn.detection.data.DamagedImages;
import dev.maskrcnn.detection.data.DamagedImages.Instead;
import dev.maskrcnn.detection.data.EpochOrder;
import dev.maskrcnn.detection.data.GroundTruth;
import dev.maskrcnn.detection.data.GroupedBatchSampler;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.ImageEntry;
import dev.maskrcnn.detection.data.IterationBatches;
import dev.maskrcnn.detection.data.PixelNormalization;
import dev.maskrcnn.detection.data.PrefetchLoader;
import dev.maskrcnn.detection.data.Sample;
import dev.maskrcnn.detection.data.SampleSource;
import dev.maskrcnn.detection.data.SampleTransform;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.detection.image.Orientation;
import dev.maskrcnn.detection.image.ResizeRule;
import dev.maskrcnn.detection.image.RgbImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Batches as the {@code INPUT}, {@code DATALOADER} and batch size keys ask for them. */
public final class BatchPipeline {

  private final Config config;
  private final double boxOffset;
  private final boolean planned;
  private final Optional<Session> session;
  private final Optional<DamagedImages> damaged;

  /** Batches that are made on the host. */
  public BatchPipeline(Config config, double boxOffset) {
    this(config, boxOffset, false, Optional.empty());
  }

  private BatchPipeline(
      Config config, double boxOffset, boolean planned, Optional<Session> session) {
    this.config = config;
    this.boxOffset = boxOffset;
    this.planned = planned;
    this.session = session;
    this.damaged =
        config.flag("DATALOADER.SKIP_DAMAGED")
            ? Optional.of(new DamagedImages(line -> session.ifPresent(s -> s.warn(line))))
            : Optional.empty();
  }

  /** Batches for a session, whose device resizes and normalises images if it can. */
  public static BatchPipeline of(Session session) {
    boolean planned = session.device().preparesImages();
    return new BatchPipeline(session.config(), session.boxOffset(), planned, Optional.of(session));
  }

  /**
   * Batches of a training run, from one iteration to another; a pure function of the seed.
   *
   * @param start iterations already done
   * @param end iterations of the whole run
   */
  public PrefetchLoader<ImageBatch> training(SampleSource source, long seed, int start, int end) {
    EpochOrder order = EpochOrder.shuffled(source.size(), seed);
    int size = config.integer("SOLVER.IMS_PER_BATCH");
    GroupedBatchSampler sampler = new GroupedBatchSampler(order, groups(source), size);
    BatchLoader loader =
        new BatchLoader(
            source, settings("TRAIN", augmentation(config), seed), damaged, Instead.NEXT_IMAGE);
    return new PrefetchLoader<>(
        threads("train-loader"), new IterationBatches(sampler, start, end), loader);
  }

  /**
   * Some images once, in batches of images that fit together.
   *
   * @param indices which images of the source
   * @param instead what takes the place of damaged images
   */
  public PrefetchLoader<ImageBatch> test(SampleSource source, int[] indices, Instead instead) {
    int size = config.integer("TEST.IMS_PER_BATCH");
    GroupedBatchSampler sampler =
        new GroupedBatchSampler(epoch -> indices.clone(), testGroups(source, size), size);
    BatchLoader loader =
        new BatchLoader(source, settings("TEST", Augmentation.NONE, 0), damaged, instead);
    return new PrefetchLoader<>(
        threads("test-loader"), IterationBatches.singlePass(sampler), loader);
  }

  /** An image that belongs to no data set, resized for a batch. */
  public Sample sample(RgbImage image, int index) {
    ImageEntry entry = ImageEntry.of(0, Path.of("image"), image);
    SampleTransform transform = settings("TEST", Augmentation.NONE, 0).transforms().get(0);
    return transform.apply(entry, index, image, GroundTruth.empty(), false);
  }

  /** A batch of samples, padded to a common size. */
  public ImageBatch batch(List<Sample> samples) {
    BatchLoader.Settings settings = settings("TEST", Augmentation.NONE, 0);
    return ImageBatch.of(samples, settings.normalization(), settings.divisibility());
  }

  /** A batch of one image that belongs to no data set. */
  public ImageBatch single(ImageEntry entry, int index, RgbImage image) {
    return single(entry, index, image, GroundTruth.empty(), "TEST");
  }

  /** A batch of one image, not flipped, with its objects; the mode is TRAIN or TEST. */
  public ImageBatch single(
      ImageEntry entry, int index, RgbImage image, GroundTruth objects, String mode) {
    BatchLoader.Settings settings = settings(mode, Augmentation.NONE, 0);
    Sample sample = settings.transforms().get(0).apply(entry, index, image, objects, false);
    return ImageBatch.of(List.of(sample), settings.normalization(), settings.divisibility());
  }

  private int[] groups(SampleSource source) {
    return config.flag("DATALOADER.ASPECT_RATIO_GROUPING")
        ? GroupedBatchSampler.byAspect(source)
        : GroupedBatchSampler.ungrouped(source.size());
  }

  /** Which images may share a batch in tests. */
  private int[] testGroups(SampleSource source, int batchSize) {
    SampleTransform transform = settings("TEST", Augmentation.NONE, 0).transforms().get(0);
    int[] sizes =
        GroupedBatchSampler.bySize(
            source, transform.rule(), config.integer("DATALOADER.SIZE_DIVISIBILITY"));
    if (!config.flag("TEST.MIXED_SIZES")) {
      return sizes;
    }
    if (batchSize > 1 && Arrays.stream(sizes).distinct().count() > 1) {
      session.ifPresent(
          s ->
              s.noteOnce(
                  "TEST.IMS_PER_BATCH %s: as in the original, images of different sizes share a"
                          .formatted(batchSize)
                      + " batch, padded to the largest, which changes detections a little;"
                      + " TEST.MIXED_SIZES False keeps them apart"));
    }
    return groups(source);
  }

  /** Whether an image was left out because it is damaged. */
  public boolean leftOut(Path image) {
    return damaged.isPresent() && damaged.get().contains(image);
  }

  /** How many damaged images were left out so far. */
  public int leftOut() {
    return damaged.map(DamagedImages::count).orElse(0);
  }

  /** As many threads as asked for, but not more than the machine has. */
  public PrefetchLoader.Settings threads(String name) {
    int wanted = config.integer("DATALOADER.NUM_WORKERS");
    int threads = Math.max(1, Math.min(wanted, Runtime.getRuntime().availableProcessors()));
    return new PrefetchLoader.Settings(name, threads, threads + 2);
  }

  private BatchLoader.Settings settings(String mode, Augmentation augmentation, long seed) {
    Family family = Family.of(config);
    List<SampleTransform> transforms =
        Arrays.stream(leastSizes(config, mode))
            .mapToObj(least -> resize(mode, least))
            .map(
                rule ->
                    new SampleTransform(
                        rule, family.resampling(), boxOffset, orientation(config), planned))
            .toList();
    return new BatchLoader.Settings(
        transforms,
        normalization(),
        config.integer("DATALOADER.SIZE_DIVISIBILITY"),
        augmentation,
        seed);
  }

  /** How training images are changed. */
  public static Augmentation augmentation(Config config) {
    return new Augmentation(
        config.number("INPUT.HORIZONTAL_FLIP_PROB_TRAIN"),
        config.number("INPUT.VERTICAL_FLIP_PROB_TRAIN"),
        config.number("INPUT.BRIGHTNESS"),
        config.number("INPUT.CONTRAST"),
        config.number("INPUT.SATURATION"),
        config.number("INPUT.HUE"));
  }

  /** Which way up photos are read. */
  public static Orientation orientation(Config config) {
    return Orientation.of(config.flag("INPUT.EXIF_ORIENTATION"));
  }

  /** Which objects of its data sets a training run learns from. */
  public static TrainingRule trainingRule(Config config) {
    double boxOffset = Family.conventions(config).boxOffset();
    return new TrainingRule((float) boxOffset, config.flag("MODEL.MASK_ON"));
  }

  /** A line for each mode whose smallest size is above its largest, as the original allows. */
  static List<String> oddSizes(Config config) {
    return Stream.of("TRAIN", "TEST")
        .filter(
            mode ->
                Arrays.stream(leastSizes(config, mode)).max().orElse(0) > mostSize(config, mode))
        .map(
            mode ->
                ("INPUT.MAX_SIZE_%s %s is below INPUT.MIN_SIZE_%s: the longer side of every image"
                        + " becomes %s pixels")
                    .formatted(mode, mostSize(config, mode), mode, mostSize(config, mode)))
        .toList();
  }

  private static int mostSize(Config config, String mode) {
    return config.integer(mode.equals("TEST") ? "INPUT.MAX_SIZE_TEST" : "INPUT.MAX_SIZE_TRAIN");
  }

  private static int[] leastSizes(Config config, String mode) {
    if (mode.equals("TEST")) {
      return new int[] {config.integer("INPUT.MIN_SIZE_TEST")};
    }
    return config.integers("INPUT.MIN_SIZE_TRAIN");
  }

  private ResizeRule resize(String mode, int least) {
    return Family.resize(config, least, mostSize(config, mode));
  }

  private PixelNormalization normalization() {
    return new PixelNormalization(
        floats("INPUT.PIXEL_MEAN"), floats("INPUT.PIXEL_STD"), config.flag("INPUT.TO_BGR255"));
  }

  private float[] floats(String key) {
    double[] values = config.numbers(key);
    float[] out = new float[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) values[i];
    }
    return out;
  }
}
