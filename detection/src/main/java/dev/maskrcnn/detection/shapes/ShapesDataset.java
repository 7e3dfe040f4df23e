package dev.maskrcnn.detection.shapes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.tensor.io.FileFailure;
import dev.maskrcnn.tensor.io.Leftovers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A folder with a synthetic instance-segmentation data set in COCO's format:
 *
 * <pre>
 * instances_train.json  train/000000000001.png …
 * instances_val.json    val/000001000001.png …
 * shapes.json           the settings it was made with
 * </pre>
 *
 * Image {@code i} of a split has the id {@code i + 1} (validation: one million more) and is the
 * same whatever the number of images. Boxes are the tight boxes of the visible masks ({@code xywh},
 * whole pixels), areas count mask pixels.
 */
public final class ShapesDataset {
  /** Raised whenever the same settings give other content. */
  private static final int FORMAT = 1;

  private static final String SETTINGS = "shapes.json";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path folder;

  private ShapesDataset(Path folder) {
    this.folder = folder;
  }

  private enum Split {
    TRAIN(0),
    VAL(1_000_000);

    final long idOffset;

    Split(long idOffset) {
      this.idOffset = idOffset;
    }

    String folder() {
      return name().toLowerCase(Locale.ROOT);
    }

    int images(ShapesConfig config) {
      return this == TRAIN ? config.trainImages() : config.valImages();
    }
  }

  /**
   * Makes the data set unless the folder has it already with the same settings. A data set of other
   * settings is replaced; a folder that holds anything else is left alone. The new folder appears
   * as a whole by a rename.
   *
   * @param folder where the data set is to be
   * @param config what it holds
   * @return the data set
   * @throws ShapesException if the folder holds something else or cannot be written
   */
  public static ShapesDataset prepare(Path folder, ShapesConfig config) {
    Path target = folder.toAbsolutePath();
    try {
      if (complete(target, config)) {
        return new ShapesDataset(folder);
      }
      refuseForeign(target);
      Files.createDirectories(target.getParent());
      Leftovers.remove(target.getParent(), 1);
      Path temporary = Leftovers.temporary(target);
      try {
        generate(temporary, config);
        replace(target, temporary, config);
      } finally {
        delete(temporary);
      }
      return new ShapesDataset(folder);
    } catch (IOException e) {
      throw new ShapesException(
          "shapes: cannot write "
              + folder
              + ": "
              + FileFailure.reason(e)
              + "; check the path and the free space",
          e);
    }
  }

  /**
   * @return the folder of the data set
   */
  public Path folder() {
    return folder;
  }

  /**
   * @return the annotation file of the training images
   */
  public Path trainAnnotations() {
    return folder.resolve("instances_train.json");
  }

  /**
   * @return the folder of the training images
   */
  public Path trainImages() {
    return folder.resolve("train");
  }

  /**
   * @return the annotation file of the validation images
   */
  public Path valAnnotations() {
    return folder.resolve("instances_val.json");
  }

  /**
   * @return the folder of the validation images
   */
  public Path valImages() {
    return folder.resolve("val");
  }

  /**
   * @return the category names in file order, the order of the contiguous labels 1, 2, …
   */
  public static List<String> categoryNames() {
    return Arrays.stream(ShapeKind.values()).map(ShapeKind::label).toList();
  }

  private static void generate(Path folder, ShapesConfig config) throws IOException {
    for (Split split : Split.values()) {
      Path images = Files.createDirectories(folder.resolve(split.folder()));
      String name = split.folder();
      Path annotations = folder.resolve("instances_" + name + ".json");
      try (CocoWriter writer = CocoWriter.create(annotations, "synthetic shapes, " + name)) {
        for (int i = 0; i < split.images(config); i++) {
          Scene scene = SceneSampler.sample(config, split.ordinal(), i);
          long id = split.idOffset + i + 1;
          String file = String.format(Locale.ROOT, "%012d.png", id);
          writePng(scene, images.resolve(file));
          writer.image(id, file, config.size(), SceneAnnotator.annotate(scene));
        }
      }
    }
    Files.writeString(folder.resolve(SETTINGS), settings(config));
  }

  private static void writePng(Scene scene, Path file) throws IOException {
    // The stream kept in memory spares a temporary file for each image.
    try (OutputStream out = Files.newOutputStream(file);
        MemoryCacheImageOutputStream cache = new MemoryCacheImageOutputStream(out)) {
      ImageIO.write(ScenePainter.paint(scene), "png", cache);
    }
  }

  private static String settings(ShapesConfig config) {
    ObjectNode node = JSON.createObjectNode();
    node.put("format", FORMAT);
    node.put("trainImages", config.trainImages());
    node.put("valImages", config.valImages());
    node.put("size", config.size());
    node.put("seed", config.seed());
    return node + "\n";
  }

  private static boolean complete(Path folder, ShapesConfig config) throws IOException {
    Path settings = folder.resolve(SETTINGS);
    if (!Files.isRegularFile(settings) || !sameSettings(Files.readString(settings), config)) {
      return false;
    }
    for (Split split : Split.values()) {
      Path images = folder.resolve(split.folder());
      if (!Files.isRegularFile(folder.resolve("instances_" + split.folder() + ".json"))
          || !Files.isDirectory(images)
          || count(images) != split.images(config)) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameSettings(String found, ShapesConfig config) throws IOException {
    JsonNode expected = JSON.readTree(settings(config));
    try {
      return expected.equals(JSON.readTree(found));
    } catch (JsonProcessingException e) {
      // Not written by this class in this form: the data set is made anew.
      return false;
    }
  }

  private static long count(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".png")).count();
    }
  }

  private static void refuseForeign(Path folder) throws IOException {
    if (!Files.exists(folder) || Files.isRegularFile(folder.resolve(SETTINGS))) {
      return;
    }
    boolean empty = false;
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        empty = files.findAny().isEmpty();
      }
    }
    if (!empty) {
      throw new ShapesException(
          "shapes: "
              + folder
              + " exists and is no shapes data set (it has no "
              + SETTINGS
              + "); choose another folder or remove it");
    }
  }

  private static void replace(Path target, Path made, ShapesConfig config) throws IOException {
    Path old = Leftovers.temporary(target);
    if (Files.exists(target)) {
      Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      Files.move(made, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // Another process may have been quicker with the same data set; then there is nothing to do.
      if (!complete(target, config)) {
        if (Files.exists(old) && !Files.exists(target)) {
          Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
        }
        throw e;
      }
    }
    delete(old);
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
