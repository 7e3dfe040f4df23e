package dev.maskrcnn.detection.config;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * Names of data sets and where they lie: the data behind {@code PATHS_CATALOG}. Immutable.
 *
 * <p>The original's catalog is a Python file; here it is YAML:
 *
 * <pre>{@code
 * DATA_DIR: /datasets            # optional; else relative paths are below the catalog's folder
 * my_train: {images: train, annotations: train.json}
 * my_voc: {voc: VOC2007, split: train}
 * my_photos: {list: photos.txt}  # or {list: photos.txt, images: DIR}
 * }</pre>
 *
 * <p>The three catalogs of the original are built in under their names {@code paths_catalog},
 * {@code paths_catalog_ci} and {@code paths_catalog_dlfw_ci}; a value of {@code PATHS_CATALOG} that
 * ends in one of these, with {@code .py} or {@code .yaml}, finds them.
 */
public final class DatasetCatalog {
  private static final List<String> BUILTIN =
      List.of("paths_catalog", "paths_catalog_ci", "paths_catalog_dlfw_ci");
  private static final String DATA_DIR = "DATA_DIR";
  private static final Set<String> FIELDS = Set.of("images", "annotations", "voc", "split", "list");

  private final String origin;
  private final Path folder;
  private final Map<String, DatasetSource> sources;

  private DatasetCatalog(String origin, Path folder, Map<String, DatasetSource> sources) {
    this.origin = origin;
    this.folder = folder;
    this.sources = sources;
  }

  /** The catalog that a configuration's {@code PATHS_CATALOG} names. */
  public static DatasetCatalog of(Config config) {
    String value = config.text("PATHS_CATALOG");
    Path file;
    try {
      file = Path.of(value);
    } catch (InvalidPathException e) {
      throw new ConfigException("PATHS_CATALOG: not a path, got \"" + value + "\"", e);
    }
    boolean python = value.endsWith(".py");
    if (!python && Files.isRegularFile(file)) {
      return read(file);
    }
    String name = value.substring(value.lastIndexOf('/') + 1).replaceFirst("\\.(py|yaml|yml)$", "");
    if (BUILTIN.contains(name)) {
      return builtin(name);
    }
    throw new ConfigException(
        ("PATHS_CATALOG: %s in %s, got \"%s\"; expected a YAML file of entries like \"%s\","
                + " or one of %s")
            .formatted(
                python ? "cannot run a Python file" : "no such file",
                config.origin("PATHS_CATALOG"),
                value,
                entryLike("my_train"),
                String.join(", ", BUILTIN)));
  }

  /** The original's catalog, under {@code /datasets}. */
  public static DatasetCatalog builtin() {
    return builtin(BUILTIN.get(0));
  }

  private static DatasetCatalog builtin(String name) {
    String resource = "catalog/" + name + ".yaml";
    return parse(BuiltinConfigs.resource(resource), "built-in " + name + ".yaml", Path.of("."));
  }

  /**
   * A catalog file.
   *
   * @throws ConfigException if it is missing or wrong
   */
  public static DatasetCatalog read(Path yaml) {
    Path folder = yaml.toAbsolutePath().getParent();
    return parse(YamlTree.text(yaml), yaml.toString(), folder);
  }

  private static DatasetCatalog parse(String text, String origin, Path folder) {
    List<YamlTree.Item> items =
        YamlTree.root(text, origin).map(root -> YamlTree.items(root, origin)).orElse(List.of());
    Path data = folder;
    for (YamlTree.Item item : items) {
      if (item.key().equals(DATA_DIR)) {
        data = folder.resolve(path(item, origin)).normalize();
      }
    }
    Map<String, DatasetSource> sources = new LinkedHashMap<>();
    for (YamlTree.Item item : items) {
      if (!item.key().equals(DATA_DIR)) {
        sources.put(item.key(), entry(item, origin));
      }
    }
    return new DatasetCatalog(origin, data, sources);
  }

  private static DatasetSource entry(YamlTree.Item item, String origin) {
    String where = origin + ":" + item.line();
    if (!(item.value() instanceof MappingNode mapping)) {
      throw malformed(where, item.key(), "got " + YamlTree.kind(item.value()));
    }
    Map<String, Path> paths = new HashMap<>();
    String split = null;
    for (YamlTree.Item field : YamlTree.items(mapping, origin)) {
      if (!FIELDS.contains(field.key())) {
        throw malformed(where, item.key(), "got the field \"" + field.key() + "\"");
      }
      if (field.key().equals("split")) {
        split = scalar(field.value(), where, item.key());
      } else {
        paths.put(field.key(), path(field, origin));
      }
    }
    if (paths.keySet().equals(Set.of("images", "annotations")) && split == null) {
      return new DatasetSource.Coco(item.key(), paths.get("images"), paths.get("annotations"));
    }
    if (paths.keySet().equals(Set.of("voc")) && split != null) {
      return new DatasetSource.Voc(item.key(), paths.get("voc"), split);
    }
    if (paths.containsKey("list") && Set.of("list", "images").containsAll(paths.keySet())) {
      Path list = paths.get("list");
      Path parent = list.getParent() == null ? Path.of("") : list.getParent();
      Path root = paths.getOrDefault("images", parent);
      if (split == null) {
        return new DatasetSource.ImageList(item.key(), list, root);
      }
    }
    throw malformed(where, item.key(), "a field is missing or too many");
  }

  private static String scalar(Node value, String where, String name) {
    if (value instanceof ScalarNode scalar && !scalar.getValue().isBlank()) {
      return scalar.getValue();
    }
    throw malformed(where, name, "got " + YamlTree.kind(value));
  }

  private static Path path(YamlTree.Item item, String origin) {
    String text = scalar(item.value(), origin + ":" + item.line(), item.key());
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new ConfigException(
          "%s:%s: not a path, got \"%s\"".formatted(origin, item.line(), text), e);
    }
  }

  private static ConfigException malformed(String where, String name, String problem) {
    return new ConfigException(
        ("%s: %s: %s, expected {images: DIR, annotations: FILE}, {voc: DIR, split: NAME} or"
                + " {list: FILE}")
            .formatted(where, name, problem));
  }

  private static String entryLike(String name) {
    return name + ": {images: DIR, annotations: FILE}";
  }

  /** The same data sets below another folder; absolute paths stay. */
  public DatasetCatalog under(Path dataDir) {
    return new DatasetCatalog(origin, dataDir, sources);
  }

  /** This catalog with one more data set, or another in place of one. */
  public DatasetCatalog with(DatasetSource source) {
    Map<String, DatasetSource> more = new LinkedHashMap<>(sources);
    more.put(source.name(), source);
    return new DatasetCatalog(origin, folder, more);
  }

  /** All names, in the order of the file. */
  public List<String> names() {
    return Collections.unmodifiableList(new ArrayList<>(sources.keySet()));
  }

  /**
   * A data set. Whether its files exist is not checked.
   *
   * @throws ConfigException if the catalog has none of that name; the message tells how to add it
   */
  public DatasetSource source(String name) {
    DatasetSource source = sources.get(name);
    if (source == null) {
      throw new ConfigException(
          "data set \"%s\": not in %s; %s To add it, write \"%s\" into a YAML file and give"
                  .formatted(name, origin, nearest(name), entryLike(name))
              + " its path as PATHS_CATALOG");
    }
    if (source instanceof DatasetSource.Coco coco) {
      return new DatasetSource.Coco(
          name, folder.resolve(coco.images()), folder.resolve(coco.annotations()));
    }
    if (source instanceof DatasetSource.ImageList images) {
      return new DatasetSource.ImageList(
          name, folder.resolve(images.list()), folder.resolve(images.root()));
    }
    DatasetSource.Voc voc = (DatasetSource.Voc) source;
    return new DatasetSource.Voc(name, folder.resolve(voc.root()), voc.split());
  }

  private String nearest(String name) {
    return sources.isEmpty()
        ? "it is empty."
        : Closest.question(Closest.to(name, sources.keySet(), '/'));
  }
}
