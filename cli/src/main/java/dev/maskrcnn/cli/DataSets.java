package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetCatalog;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.shapes.ShapesConfig;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.tensor.io.AtomicFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds data sets by their names: in the record that a training run left in its output folder, in
 * the catalog of the configuration, and the synthetic {@code shapes_train} and {@code shapes_val},
 * which are made when they are asked for.
 */
final class DataSets {
  /** The record in an output folder: a catalog of the data sets that the run used. */
  static final String RECORD = "datasets.yaml";

  static final String SHAPES_TRAIN = "shapes_train";
  static final String SHAPES_VAL = "shapes_val";

  private final Config config;
  private final Path folder;
  private final boolean useRecord;
  private final Console console;

  /**
   * @param config names catalog and data sets
   * @param folder output folder: of the record, and for the synthetic data set
   * @param useRecord whether the record goes before the catalog
   */
  DataSets(Config config, Path folder, boolean useRecord, Console console) {
    this.config = config;
    this.folder = folder;
    this.useRecord = useRecord;
    this.console = console;
  }

  /**
   * The data sets that a key names.
   *
   * @param key {@code DATASETS.TRAIN} or {@code DATASETS.TEST}
   * @throws dev.maskrcnn.detection.config.ConfigException if a name is unknown
   * @throws CliException if its files are missing
   */
  List<DatasetSource> named(String key) {
    List<DatasetSource> found = new ArrayList<>();
    for (String name : config.texts(key)) {
      found.add(present(one(name)));
    }
    return found;
  }

  private DatasetSource one(String name) {
    Path record = folder.resolve(RECORD);
    if (useRecord && Files.isRegularFile(record)) {
      DatasetCatalog used = DatasetCatalog.read(record);
      if (used.names().contains(name)) {
        return used.source(name);
      }
    }
    DatasetCatalog catalog = DatasetCatalog.of(config);
    boolean shapes = name.equals(SHAPES_TRAIN) || name.equals(SHAPES_VAL);
    if (shapes && !catalog.names().contains(name)) {
      return shapes(name);
    }
    return catalog.source(name);
  }

  private DatasetSource.Coco shapes(String name) {
    Path place = folder.resolve("shapes");
    boolean there = Files.exists(place);
    ShapesDataset made = ShapesDataset.prepare(place, ShapesConfig.defaults());
    if (!there) {
      console
          .out()
          .printf(
              "made the synthetic data set in %s: %s images to train on, %s to evaluate on%n",
              place, ShapesConfig.defaults().trainImages(), ShapesConfig.defaults().valImages());
    }
    return name.equals(SHAPES_TRAIN)
        ? new DatasetSource.Coco(name, made.trainImages(), made.trainAnnotations())
        : new DatasetSource.Coco(name, made.valImages(), made.valAnnotations());
  }

  /**
   * A configuration with the catalog file that the command line names, if it names one.
   *
   * @throws CliException if there is no such file
   */
  static Config withCatalog(Config config, Optional<Path> catalog) {
    if (catalog.isEmpty()) {
      return config;
    }
    if (!Files.isRegularFile(catalog.get())) {
      throw new CliException(
          "--catalog: no such file, got %s; check the path".formatted(catalog.get()));
    }
    return config.with("PATHS_CATALOG", catalog.get().toAbsolutePath().toString());
  }

  /**
   * A data set named by its two paths; it is called after its annotation file.
   *
   * @throws CliException if one of them does not exist
   */
  static DatasetSource.Coco direct(Path images, Path annotations) {
    Path file = annotations.getFileName();
    String stem = file == null ? "" : file.toString().replaceFirst("\\.[^.]*$", "");
    String name = stem.replaceAll("[^A-Za-z0-9_-]", "_");
    DatasetSource.Coco source =
        new DatasetSource.Coco(name.isEmpty() ? "data" : name, images, annotations);
    present(source);
    return source;
  }

  /** Images named by a text file; called after it. */
  static DatasetSource list(Path list) {
    Path file = list.toAbsolutePath();
    String stem = file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
    String name = stem.replaceAll("[^A-Za-z0-9_-]", "_");
    return new DatasetSource.ImageList(name.isEmpty() ? "list" : name, list, file.getParent());
  }

  /** Two data sets from files of the same name get the names of what they are for. */
  static DatasetSource.Coco apart(
      DatasetSource.Coco one, DatasetSource.Coco other, String purpose) {
    return one.name().equals(other.name())
        ? new DatasetSource.Coco(other.name() + "_" + purpose, other.images(), other.annotations())
        : other;
  }

  private static DatasetSource present(DatasetSource source) {
    if (source instanceof DatasetSource.Coco coco) {
      requireFolder(source, "image folder", coco.images());
      requireFile(source, "annotation file", coco.annotations());
    } else if (source instanceof DatasetSource.Voc voc) {
      requireFolder(source, "folder", voc.root());
    } else if (source instanceof DatasetSource.ImageList list) {
      requireFile(source, "list", list.list());
    }
    return source;
  }

  private static void requireFolder(DatasetSource source, String what, Path folder) {
    if (!Files.isDirectory(folder)) {
      throw missing(source, what, folder, "is not a folder");
    }
  }

  private static void requireFile(DatasetSource source, String what, Path file) {
    if (!Files.isRegularFile(file)) {
      throw missing(source, what, file, "is not a file");
    }
  }

  private static CliException missing(
      DatasetSource source, String what, Path path, String otherwise) {
    return new CliException(
        "data set \"%s\": %s %s %s; check the path"
            .formatted(
                source.name(), what, path, Files.exists(path) ? otherwise : "does not exist"));
  }

  /** Leaves the record of the data sets in the output folder, for later evaluations. */
  void record(List<? extends DatasetSource> used) {
    Map<String, DatasetSource> byName = new LinkedHashMap<>();
    used.forEach(source -> byName.put(source.name(), source));
    StringBuilder yaml = new StringBuilder("# The data sets of this run; eval finds them here.\n");
    for (DatasetSource source : byName.values()) {
      yaml.append(quoted(source.name())).append(": {").append(fields(source)).append("}\n");
    }
    AtomicFile.writeText(folder.resolve(RECORD), yaml.toString());
  }

  private static String fields(DatasetSource source) {
    if (source instanceof DatasetSource.Coco coco) {
      return "images: " + quoted(coco.images()) + ", annotations: " + quoted(coco.annotations());
    }
    if (source instanceof DatasetSource.Voc voc) {
      return "voc: " + quoted(voc.root()) + ", split: " + quoted(voc.split());
    }
    DatasetSource.ImageList list = (DatasetSource.ImageList) source;
    return "list: " + quoted(list.list()) + ", images: " + quoted(list.root());
  }

  private static String quoted(Path path) {
    return quoted(path.toAbsolutePath().normalize().toString());
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
