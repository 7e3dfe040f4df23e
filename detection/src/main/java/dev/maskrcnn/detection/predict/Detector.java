package dev.maskrcnn.detection.predict;

import static java.util.stream.Collectors.toMap;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.Sample;
import dev.maskrcnn.detection.download.WeightCache;
import dev.maskrcnn.detection.download.WeightCatalog;
import dev.maskrcnn.detection.draw.Picture;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.engine.TrainedSession;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.model.Detections;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.tensor.device.DeviceChoice;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A trained model that finds objects in images: the door for programs that use one.
 *
 * <pre>{@code
 * try (Detector detector = Detector.open(Path.of("runs/mine"), "cpu")) {
 *   RgbImage photo = ImageReader.read(Path.of("photo.jpg"));
 *   for (DetectedObject found : detector.detect(photo, 0.5)) {
 *     System.out.println(found.name() + " " + found.score() + " " + found.box());
 *   }
 * }
 * }</pre>
 *
 * <p>Images are resized and normalised, and what is found is brought back to their pixels, as the
 * {@code predict} command does it. Nothing is printed and no file is written; {@link #warnings}
 * holds what the command would warn of.
 *
 * <p>Any number of threads may use a detector at once. They prepare their images side by side; the
 * model itself runs on one thread of the detector's own, one batch after the other, and uses all
 * cores or the GPU for it. So the weights and the working memory of a pass are there once, however
 * many threads there are. The detector holds them until it is closed.
 */
public final class Detector implements AutoCloseable {
  private final DeviceThread thread;
  private final TrainedSession model;
  private final BatchPipeline pipeline;
  private final PredictionWriter writer;
  private final Map<Integer, CocoCategory> categories;
  private final int batchSize;
  private final List<String> warnings;

  private Detector(DeviceThread thread, TrainedSession model, List<String> warnings) {
    this.thread = thread;
    this.model = model;
    this.warnings = warnings;
    Session session = model.session();
    this.pipeline = BatchPipeline.of(session);
    this.writer = new PredictionWriter(model.categories());
    this.categories = model.categories().stream().collect(toMap(CocoCategory::id, c -> c));
    this.batchSize = Math.max(1, session.config().integer("TEST.IMS_PER_BATCH"));
  }

  /**
   * Opens a model with the settings that its weights hold.
   *
   * @param weights a file, the output folder of a training run, {@code catalog://NAME} or an http
   *     address; what lies in the network is downloaded once and kept, as the command line does it
   * @param device {@code cpu}, {@code cuda} or {@code cuda:n}
   */
  public static Detector open(String weights, String device) {
    return open(located(weights), device);
  }

  /** The same with settings of one's own, as {@link #open(Path, Config, String)} says. */
  public static Detector open(String weights, Config config, String device) {
    return open(located(weights), config, device);
  }

  private static Path located(String weights) {
    try (RunLog log = RunLog.silent(warning -> {})) {
      return WeightCatalog.isRemote(weights)
          ? WeightCache.ofUser(log).get(weights)
          : Path.of(weights);
    }
  }

  /**
   * Opens a model with the settings that its checkpoint holds.
   *
   * @param weights a checkpoint file, or the output folder of a training run for its last one
   * @param device {@code cpu}, {@code cuda} or {@code cuda:n}
   * @throws dev.maskrcnn.MaskRcnnException if there is no checkpoint, or it does not tell its
   *     settings; the message names the file and what is wrong
   */
  public static Detector open(Path weights, String device) {
    WeightFile content = WeightFile.read(file(weights));
    Config config =
        Checkpoint.describe(content)
            .config()
            .orElseThrow(
                () ->
                    new RunException(
                        content.file()
                            + ": does not say with which settings it was trained; give them"));
    return open(content, config, DeviceChoice.of(device));
  }

  /**
   * Opens a model with settings of one's own, such as a recipe's for weights that tell none, or
   * other thresholds.
   *
   * @param weights as in {@link #open(Path, String)}
   * @param config all settings; the class count is taken from the weights
   * @param device {@code cpu}, {@code cuda} or {@code cuda:n}
   * @throws dev.maskrcnn.MaskRcnnException if they do not fit together
   */
  public static Detector open(Path weights, Config config, String device) {
    return open(weights, config, DeviceChoice.of(device));
  }

  /**
   * Opens a model on a device with options of its own.
   *
   * @param weights as in {@link #open(Path, String)}
   * @param config as in {@link #open(Path, Config, String)}
   * @throws RunException if they do not fit together
   */
  public static Detector open(Path weights, Config config, DeviceChoice device) {
    return open(WeightFile.read(file(weights)), config, device);
  }

  private static Detector open(WeightFile weights, Config config, DeviceChoice device) {
    TrainedSession.Choice choice =
        new TrainedSession.Choice(weights, config, device, Optional.empty());
    List<String> warnings = new CopyOnWriteArrayList<>();
    DeviceThread thread = new DeviceThread();
    try {
      RunLog log = RunLog.silent(warnings::add);
      TrainedSession model = thread.call(() -> TrainedSession.open(choice, log));
      return new Detector(thread, model, warnings);
    } catch (RuntimeException | Error e) {
      Session.closeAfter(e, thread);
      throw e;
    }
  }

  private static Path file(Path weights) {
    if (!Files.isDirectory(weights)) {
      return weights;
    }
    return Checkpoint.last(weights)
        .orElseThrow(() -> new RunException(weights + ": holds no checkpoint; train first"));
  }

  /** What the model can find, in the order of its labels from 1. */
  public List<CocoCategory> categories() {
    return model.categories();
  }

  /** The settings, those of the weights among them. */
  public Config config() {
    return model.session().config();
  }

  /** What there was to warn of so far, a line each; empty if all is well. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /**
   * Finds objects.
   *
   * @param image of any size
   * @param threshold least score of what is returned, 0 to 1
   * @return best first
   */
  public List<DetectedObject> detect(RgbImage image, double threshold) {
    return detect(List.of(image), threshold).get(0);
  }

  /** The same for an image of the JDK; transparency is left out. */
  public List<DetectedObject> detect(BufferedImage image, double threshold) {
    return detect(RgbImage.of(image), threshold);
  }

  /**
   * Finds objects in several images. Those that have the same size in the network are computed
   * together, {@code TEST.IMS_PER_BATCH} at a time, so what is found in an image does not depend on
   * the others.
   *
   * @param images of any sizes
   * @param threshold least score of what is returned, 0 to 1
   * @return for each image, its objects, best first
   */
  public List<List<DetectedObject>> detect(List<RgbImage> images, double threshold) {
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new IllegalArgumentException("threshold %s, expected 0 to 1".formatted(threshold));
    }
    Map<ImageSize, List<Sample>> bySize = new LinkedHashMap<>();
    for (int i = 0; i < images.size(); i++) {
      Sample sample = pipeline.sample(images.get(i), i);
      bySize.computeIfAbsent(sample.networkSize(), size -> new ArrayList<>()).add(sample);
    }
    List<List<DetectedObject>> all = new ArrayList<>(Collections.nCopies(images.size(), List.of()));
    for (List<Sample> samples : bySize.values()) {
      for (int from = 0; from < samples.size(); from += batchSize) {
        int to = Math.min(samples.size(), from + batchSize);
        ImageBatch batch = pipeline.batch(samples.subList(from, to));
        List<List<DetectedObject>> found = thread.call(() -> find(batch, threshold));
        for (int i = 0; i < found.size(); i++) {
          all.set(batch.samples().get(i).index(), found.get(i));
        }
      }
    }
    return all;
  }

  /** On the thread of the device, which pastes masks too. */
  private List<List<DetectedObject>> find(ImageBatch batch, double threshold) {
    Session session = model.session();
    DetectionPaster paster = DatasetInference.paster(session, threshold);
    List<Detections> found = session.detections().detect(batch);
    List<List<DetectedObject>> all = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      DetectionPaster.Image place = DatasetInference.image(batch.samples().get(i));
      all.add(objects(paster, place, found.get(i)));
    }
    return all;
  }

  private List<DetectedObject> objects(
      DetectionPaster paster, DetectionPaster.Image place, Detections found) {
    List<DetectionRecord> records = paster.records(place, found, writer::categoryIdOf);
    int[] rows = paster.kept(found);
    int area = found.maskSize() * found.maskSize();
    List<DetectedObject> objects = new ArrayList<>();
    for (int k = 0; k < rows.length; k++) {
      DetectionRecord record = records.get(k);
      int from = rows[k] * area;
      Optional<DetectedObject.SoftMask> soft =
          record
              .mask()
              .map(
                  mask ->
                      new DetectedObject.SoftMask(
                          found.maskSize(), Arrays.copyOfRange(found.masks(), from, from + area)));
      objects.add(new DetectedObject(categories.get(record.categoryId()), record, soft));
    }
    objects.sort(Comparator.comparingDouble(o -> -o.score()));
    return objects;
  }

  /**
   * What was found in an image as JSON, as the {@code predict} command writes it into a file.
   *
   * @param name of the image
   */
  public String json(String name, RgbImage image, List<DetectedObject> found) {
    return writer.json(name, image, results(found));
  }

  /**
   * Draws what was found over the image: masks, boxes, names and scores, a colour for each
   * category.
   *
   * @return of the image's size, or several times as large if that is too small for letters
   */
  public Picture draw(RgbImage image, List<DetectedObject> found) {
    return writer.picture(image, results(found));
  }

  private static List<DetectionRecord> results(List<DetectedObject> found) {
    return found.stream().map(DetectedObject::result).toList();
  }

  /** Waits for what is being computed, then frees the model's memory. */
  @Override
  public synchronized void close() {
    if (thread.isOpen()) {
      try (thread) {
        thread.call(
            () -> {
              model.close();
              return null;
            });
      }
    }
  }
}
