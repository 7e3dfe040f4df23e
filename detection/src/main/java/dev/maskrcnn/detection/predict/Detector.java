package dev.maskrcnn.detection.predict;

import static java.util.stream.Collectors.toMap;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.ImageEntry;
import dev.maskrcnn.detection.draw.Picture;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.engine.TrainedSession;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.model.Detections;
import dev.maskrcnn.detection.weights.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
 * {@code predict} command does it. Nothing is printed and no file is written. One thread at a time
 * may use a detector, on a CUDA device the one that opened it; open one for each thread otherwise.
 * It holds the model's memory until it is closed.
 */
public final class Detector implements AutoCloseable {
  private final TrainedSession model;
  private final BatchPipeline pipeline;
  private final PredictionWriter writer;
  private final Map<Integer, CocoCategory> categories;

  private Detector(TrainedSession model) {
    this.model = model;
    Session session = model.session();
    this.pipeline = BatchPipeline.of(session);
    this.writer = new PredictionWriter(model.categories());
    this.categories = model.categories().stream().collect(toMap(CocoCategory::id, c -> c));
  }

  /**
   * Opens a model with the settings that its checkpoint holds.
   *
   * @param weights a checkpoint file, or the output folder of a training run for its last one
   * @param device {@code cpu}, {@code cuda} or {@code cuda:n}
   * @throws RunException if the folder holds no checkpoint, or the checkpoint does not tell its
   *     settings; other unchecked exceptions of this module's packages name the file and what is
   *     wrong as well
   */
  public static Detector open(Path weights, String device) {
    Path file = file(weights);
    Config config =
        Checkpoint.describe(file)
            .config()
            .orElseThrow(
                () ->
                    new RunException(
                        file + ": does not say with which settings it was trained; give them"));
    return open(file, config, device);
  }

  /**
   * Opens a model with settings of one's own, such as a recipe's for weights that tell none, or
   * other thresholds.
   *
   * @param weights as in {@link #open(Path, String)}
   * @param config all settings; the class count is taken from the weights
   * @param device {@code cpu}, {@code cuda} or {@code cuda:n}
   * @throws RunException if they do not fit together
   */
  public static Detector open(Path weights, Config config, String device) {
    TrainedSession.Choice choice =
        new TrainedSession.Choice(file(weights), config, device, Optional.empty());
    return new Detector(TrainedSession.open(choice, RunLog.silent()));
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

  /**
   * Finds objects.
   *
   * @param image of any size
   * @param threshold least score of what is returned, 0 to 1
   * @return best first
   */
  public List<DetectedObject> detect(RgbImage image, double threshold) {
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new IllegalArgumentException("threshold %s, expected 0 to 1".formatted(threshold));
    }
    Session session = model.session();
    ImageBatch batch = pipeline.single(ImageEntry.of(0, Path.of("image"), image), 0, image);
    Detections found = session.detections().detect(batch).get(0);
    return DatasetInference.paster(session, threshold)
        .records(DatasetInference.image(batch.samples().get(0)), found, writer::categoryIdOf)
        .stream()
        .sorted(Comparator.comparingDouble(d -> -d.score()))
        .map(d -> DetectedObject.of(d, categories.get(d.categoryId())))
        .toList();
  }

  /**
   * Draws what was found over the image: masks, boxes, names and scores, a colour for each
   * category.
   *
   * @return of the image's size, or several times as large if that is too small for letters
   */
  public Picture draw(RgbImage image, List<DetectedObject> found) {
    return writer.picture(image, found.stream().map(DetectedObject::record).toList());
  }

  /** Frees the model's memory. */
  @Override
  public void close() {
    model.close();
  }
}
