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
  List<DatasetSource.Coco> named(String key) {
    List<DatasetSource.Coco> found = new ArrayList<>();
    for (String name : config.texts(key)) {
      found.add(present(one(name)));
    }
    return found;
  }

  private DatasetSource.Coco one(String name) {
    Path record = folder.resolve(RECORD);
    if (useRecord && Files.isRegularFile(record)) {
      DatasetCatalog used = DatasetCatalog.read(record);
      if (used.names().contains(name)) {
        return coco(used.source(name));
      }
    }
    DatasetCatalog catalog = DatasetCatalog.of(config);
    boolean shapes = name.equals(SHAPES_TRAIN) || name.equals(SHAPES_VAL);
    if (shapes && !catalog.names().contains(name)) {
      return shapes(name);
    }
    return coco(catalog.source(name));
  }

  private static DatasetSource.Coco coco(DatasetSource source) {
    if (source instanceof DatasetSource.Coco coco) {
      return coco;
    }
    throw new CliException(
        "data set \"%s\": is in Pascal VOC's format, which cannot be read; give it in COCO's format"
            .formatted(source.name()));
  }

  private DatasetSource.Coco shapes(String name) {
    Path place = folder.resolve("shapes");
    boolean there = Files.exists(place);
    ShapesDataset made = ShapesDataset.prepare(place, ShapesConfig.defaults());
    if (!there) {
      console
          .out()
          .printf(
              "made the synthetic data set in %s: %d images to train on, %d to evaluate on%n",
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
    return present(new DatasetSource.Coco(name.isEmpty() ? "data" : name, images, annotations));
  }

  /** Two data sets from files of the same name get the names of what they are for. */
  static DatasetSource.Coco apart(
      DatasetSource.Coco one, DatasetSource.Coco other, String purpose) {
    return one.name().equals(other.name())
        ? new DatasetSource.Coco(other.name() + "_" + purpose, other.images(), other.annotations())
        : other;
  }

  private static DatasetSource.Coco present(DatasetSource.Coco source) {
    if (!Files.isDirectory(source.images())) {
      throw new CliException(
          "data set \"%s\": image folder %s %s; check the path"
              .formatted(
                  source.name(),
                  source.images(),
                  Files.exists(source.images()) ? "is not a folder" : "does not exist"));
    }
    if (!Files.isRegularFile(source.annotations())) {
      throw new CliException(
          "data set \"%s\": annotation file %s %s; check the path"
              .formatted(
                  source.name(),
                  source.annotations(),
                  Files.exists(source.annotations()) ? "is not a file" : "does not exist"));
    }
    return source;
  }

  /** Leaves the record of the data sets in the output folder, for later evaluations. */
  void record(List<DatasetSource.Coco> used) {
    Map<String, DatasetSource.Coco> byName = new LinkedHashMap<>();
    used.forEach(source -> byName.put(source.name(), source));
    StringBuilder yaml = new StringBuilder("# The data sets of this run; eval finds them here.\n");
    for (DatasetSource.Coco source : byName.values()) {
      yaml.append(quoted(source.name()))
          .append(": {images: ")
          .append(quoted(source.images().toAbsolutePath().normalize().toString()))
          .append(", annotations: ")
          .append(quoted(source.annotations().toAbsolutePath().normalize().toString()))
          .append("}\n");
    }
    AtomicFile.writeText(folder.resolve(RECORD), yaml.toString());
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
