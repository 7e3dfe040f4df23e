package dev.maskrcnn.detection.evaluate;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.coco.NoSegmentation;
import dev.maskrcnn.detection.draw.Comparison;
import dev.maskrcnn.detection.draw.DrawStyle;
import dev.maskrcnn.detection.draw.DrawnInstance;
import dev.maskrcnn.detection.draw.GroundTruthBeside;
import dev.maskrcnn.detection.draw.InstanceColors;
import dev.maskrcnn.detection.draw.Picture;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.image.ImageFormatException;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.Orientation;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.detection.log.ProgressBar;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.predict.DatasetInference;
import dev.maskrcnn.detection.predict.PredictionWriter;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Pictures of a few images of a data set with truth and prediction side by side. */
public final class OverlayGallery {
  private static final int PICTURES = 8;

  /** Weaker detections would only clutter the picture. */
  public static final double LEAST_SCORE = 0.5;

  private final CocoDataset dataset;
  private final Map<Integer, String> names = new HashMap<>();
  private final Orientation orientation;
  private final DrawStyle style;

  /**
   * @param orientation which way up the model was shown the images
   */
  public OverlayGallery(CocoDataset dataset, Orientation orientation) {
    this.dataset = dataset;
    this.orientation = orientation;
    dataset.categories().forEach(c -> names.put(c.id(), c.name()));
    InstanceColors colors =
        InstanceColors.ofClasses(dataset.categories().stream().map(CocoCategory::name).toList());
    this.style = DrawStyle.of(colors).withZoom(0);
  }

  /** Which images are shown: some at equal distances. */
  public int[] indices() {
    int images = dataset.images().size();
    int shown = Math.min(PICTURES, images);
    return IntStream.range(0, shown).map(i -> (int) ((long) i * images / shown)).toArray();
  }

  /** Predicts the images that are shown, for a run that does not evaluate. */
  public List<List<DetectionRecord>> predict(Session session, RunLog log) {
    int[] indices = indices();
    try (ProgressBar progress = log.progress("overlays", indices.length)) {
      return new DatasetInference(session, dataset).run(indices, progress);
    }
  }

  /**
   * Writes a PNG for each image that is shown, named after it.
   *
   * @param found the records of each of these images
   */
  public void write(Path folder, List<List<DetectionRecord>> found) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new RunException(folder + ": cannot be made: " + FileFailure.reason(e), e);
    }
    int[] indices = indices();
    for (int i = 0; i < indices.length; i++) {
      CocoImage image = dataset.images().get(indices[i]);
      String name = "val_%s.png".formatted(image.id());
      picture(image, found.get(i)).ifPresent(p -> p.writePng(folder.resolve(name)));
    }
  }

  /** Truth and prediction of an image beside each other; empty if it is damaged. */
  public Optional<Picture> picture(CocoImage image, List<DetectionRecord> found) {
    RgbImage pixels;
    try {
      pixels = ImageReader.read(dataset.imagePath(image), orientation);
    } catch (ImageFormatException e) {
      return Optional.empty();
    }
    List<DetectionRecord> shown = found.stream().filter(d -> d.score() >= LEAST_SCORE).toList();
    Comparison comparison =
        new Comparison(
            image.fileName(),
            pixels,
            dataset.annotationsOf(image.id()).stream().map(a -> truth(image, a)).toList(),
            PredictionWriter.drawn(shown, names));
    return Optional.of(GroundTruthBeside.draw(comparison, style));
  }

  private DrawnInstance truth(CocoImage image, CocoAnnotation annotation) {
    boolean outlined = !(annotation.segmentation() instanceof NoSegmentation);
    return new DrawnInstance(
        names.get(annotation.categoryId()) + (annotation.crowd() ? " (crowd)" : ""),
        Double.NaN,
        PredictionWriter.corners(annotation.bbox()),
        outlined ? annotation.mask(image).decode() : new byte[0]);
  }
}
