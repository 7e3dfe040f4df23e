package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetCatalog;
import dev.maskrcnn.detection.config.DatasetSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Which annotation file a {@code dataset} command looks at: by path or by name. */
final class DatasetChoice {
  @ArgGroup(exclusive = false)
  private ByPath path;

  @ArgGroup(exclusive = false)
  private ByName name;

  /** By its paths. */
  static final class ByPath {
    @Option(
        names = "--annotations",
        paramLabel = "FILE",
        required = true,
        description = "annotation file, JSON in COCO's format")
    private Path annotations;

    @Option(names = "--images", paramLabel = "DIR", description = "folder of its images")
    private Optional<Path> images;
  }

  /** By its name in a catalog. */
  static final class ByName {
    @Option(
        names = "--dataset",
        paramLabel = "NAME",
        required = true,
        description = "or a name in a catalog, such as coco_2017_val")
    private String dataset;

    @Option(
        names = "--catalog",
        paramLabel = "FILE",
        description = "YAML file of data sets; default: the built-in one, below /datasets")
    private Optional<Path> catalog;
  }

  /**
   * What was chosen.
   *
   * @param annotations file
   * @param images folder, if named
   * @param name for output
   */
  record Chosen(Path annotations, Optional<Path> images, String name) {}

  /**
   * Resolves names.
   *
   * @throws CliException if a folder of images is named that does not exist
   */
  Chosen chosen() {
    Chosen chosen = path != null ? byPath() : byName();
    if (chosen.images.isPresent() && !Files.isDirectory(chosen.images.get())) {
      throw new CliException(
          "image folder %s: does not exist; check the path".formatted(chosen.images.get()));
    }
    return chosen;
  }

  private Chosen byPath() {
    Path file = path.annotations.getFileName();
    String stem = file == null ? "data" : file.toString().replaceFirst("\\.[^.]*$", "");
    return new Chosen(path.annotations, path.images, stem);
  }

  private Chosen byName() {
    Config config = DataSets.withCatalog(Config.defaults(), name.catalog);
    DatasetSource source = DatasetCatalog.of(config).source(name.dataset);
    if (source instanceof DatasetSource.Coco coco) {
      return new Chosen(coco.annotations(), Optional.of(coco.images()), coco.name());
    }
    throw new CliException(
        ("data set \"%s\": is not in COCO's format; for Pascal VOC's make one of it with maskrcnn"
                + " dataset convert --from voc")
            .formatted(source.name()));
  }
}
