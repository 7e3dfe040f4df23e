package dev.maskrcnn.detection.inspect;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.data.CocoSource;
import dev.maskrcnn.detection.data.GroundTruth;
import dev.maskrcnn.detection.data.GroundTruthBuilder;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.ImageEntry;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.BatchUpload;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.RgbImage;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.model.Input;
import dev.maskrcnn.detection.model.MaskRcnn;
import dev.maskrcnn.detection.model.Targets;
import dev.maskrcnn.detection.shapes.ShapesConfig;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.device.DeviceChoice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A model with one image in front of it, for those who look inside. */
public final class Specimen implements AutoCloseable {

  /**
   * What to look at.
   *
   * @param config all settings; with weights, the class count is theirs
   * @param device where it computes
   * @param weights to load; without them the initial ones of seed 1
   * @param image an image file; without it a synthetic scene of shapes
   * @param annotations COCO file that has the objects of the image under the image's file name
   */
  public record Choice(
      Config config,
      DeviceChoice device,
      Optional<WeightFile> weights,
      Optional<Path> image,
      Optional<Path> annotations) {}

  /** Where the truth of the image comes from. */
  public enum Truth {
    /** The annotations of a data set. */
    ANNOTATED("annotations"),
    /** The scene was made with its truth. */
    SYNTHETIC("made with the scene"),
    /** Nothing is known: one box in the middle stands in, so that every part of a step runs. */
    STAND_IN("none given: one box of class 1 in the middle stands in");

    private final String words;

    Truth(String words) {
      this.words = words;
    }

    /** For people. */
    public String words() {
      return words;
    }
  }

  private static final long SEED = 1;

  /** An image with its objects in its own pixels. */
  private record Subject(
      Path file, RgbImage image, GroundTruth objects, Truth truth, List<String> names) {}

  private final Session session;
  private final Subject subject;

  private Specimen(Session session, Subject subject) {
    this.session = session;
    this.subject = subject;
  }

  /**
   * Opens the device, builds the model and reads the image.
   *
   * @throws RunException if what was chosen does not fit together
   */
  public static Specimen open(Choice choice) {
    Config config = choice.config;
    List<String> names = List.of();
    if (choice.weights.isPresent()) {
      Checkpoint.Description d = Checkpoint.describe(choice.weights.get());
      names = d.classNames();
      if (d.classes().isPresent()) {
        config = config.with("MODEL.ROI_BOX_HEAD.NUM_CLASSES", d.classes().getAsInt());
      }
    }
    Session session = Session.open(choice.device, config, SEED, RunLog.silent());
    try {
      if (choice.weights.isPresent()) {
        Checkpoint.load(choice.weights.get(), session.model().state(), false);
      }
      return new Specimen(session, subject(choice, session, names));
    } catch (RuntimeException | Error e) {
      Session.closeAfter(e, session);
      throw e;
    }
  }

  private static Subject subject(Choice choice, Session session, List<String> names) {
    if (choice.image.isEmpty()) {
      return synthetic(session);
    }
    Path file = choice.image.get();
    RgbImage image = ImageReader.read(file, BatchPipeline.orientation(session.config()));
    if (choice.annotations.isPresent()) {
      return annotated(choice.annotations.get(), file, image, session);
    }
    float[] middle = {
      image.width() / 4f, image.height() / 4f, image.width() * 3 / 4f, image.height() * 3 / 4f
    };
    return new Subject(file, image, box(middle), Truth.STAND_IN, names);
  }

  private static GroundTruth box(float[] b) {
    double[] outline = {b[0], b[1], b[2], b[1], b[2], b[3], b[0], b[3]};
    return new GroundTruthBuilder().add(b, 1, List.of(outline)).build();
  }

  private static Subject annotated(Path annotations, Path file, RgbImage image, Session session) {
    CocoDataset set = CocoDataset.load(annotations, file.toAbsolutePath().getParent());
    requireClasses(session, set.categories().size() + 1, annotations);
    CocoSource source = CocoSource.forTest(set, session.boxOffset());
    String name = file.getFileName().toString();
    for (int i = 0; i < source.size(); i++) {
      if (source.image(i).file().getFileName().toString().equals(name)) {
        List<String> names = set.categories().stream().map(CocoCategory::name).toList();
        return new Subject(file, image, source.targets(i), Truth.ANNOTATED, names);
      }
    }
    throw new RunException("%s: has no image of the name %s".formatted(annotations, name));
  }

  private static void requireClasses(Session session, int classes, Path origin) {
    int known = session.config().integer("MODEL.ROI_BOX_HEAD.NUM_CLASSES");
    if (classes > known) {
      throw new RunException(
          "%s: has %s categories, but the model has %s classes with the background; set"
                  .formatted(origin, classes - 1, known)
              + " MODEL.ROI_BOX_HEAD.NUM_CLASSES");
    }
  }

  private static Subject synthetic(Session session) {
    int size = Math.max(64, Math.min(4096, session.config().integers("INPUT.MIN_SIZE_TRAIN")[0]));
    Path folder = null;
    try {
      folder = Files.createTempDirectory("maskrcnn-inspect");
      ShapesDataset made =
          ShapesDataset.prepare(folder.resolve("shapes"), new ShapesConfig(1, 0, size, SEED));
      CocoDataset set = CocoDataset.load(made.trainAnnotations(), made.trainImages());
      CocoSource source = CocoSource.forTest(set, session.boxOffset());
      Path file = source.image(0).file();
      List<String> names = set.categories().stream().map(CocoCategory::name).toList();
      return new Subject(
          Path.of("synthetic scene"),
          ImageReader.read(file),
          source.targets(0),
          Truth.SYNTHETIC,
          names);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      delete(folder);
    }
  }

  private static void delete(Path folder) {
    if (folder == null) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the model is. */
  public Device device() {
    return session.device();
  }

  /** The model. */
  public MaskRcnn model() {
    return session.model();
  }

  /** Its settings. */
  public Config config() {
    return session.config();
  }

  /** The image as it lies in its file. */
  public RgbImage image() {
    return subject.image;
  }

  /** What to call the image. */
  public String imageName() {
    return subject.file.getFileName().toString();
  }

  /** Where the truth comes from. */
  public Truth truth() {
    return subject.truth;
  }

  /** The name of a class from 1. */
  public String className(int label) {
    return label >= 1 && label <= subject.names.size()
        ? subject.names.get(label - 1)
        : "class " + label;
  }

  /** The image as the network gets it in training, with its objects. */
  public ImageBatch trainingBatch() {
    return batch("TRAIN");
  }

  /** The image as the network gets it in inference, with its objects. */
  public ImageBatch testBatch() {
    return batch("TEST");
  }

  private ImageBatch batch(String mode) {
    ImageEntry entry = ImageEntry.of(0, subject.file, subject.image);
    return new BatchPipeline(session.config(), session.boxOffset())
        .single(entry, 0, subject.image, subject.objects, mode);
  }

  /** Uploads the images of a batch into the current frame. */
  public Input input(ImageBatch batch) {
    return BatchUpload.images(device(), batch);
  }

  /** Uploads the objects of a batch into the current frame. */
  public Targets targets(ImageBatch batch) {
    return BatchUpload.targets(device(), batch);
  }

  @Override
  public void close() {
    session.close();
  }
}
