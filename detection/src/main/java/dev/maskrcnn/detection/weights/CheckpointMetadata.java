package dev.maskrcnn.detection.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The text beside the tensors of a checkpoint: what {@link Checkpoint.State} becomes in a file. */
final class CheckpointMetadata {
  private static final String AP = "ap/";
  private static final String FORMAT = "maskrcnn-jvm";
  private static final int VERSION = 1;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path file;
  private final Map<String, String> texts;

  private CheckpointMetadata(WeightFile content) {
    this.file = content.file();
    this.texts = content.metadata();
  }

  /** The text for a file. */
  static Map<String, String> of(Checkpoint.State state) {
    ArrayNode categories = JSON.createArrayNode();
    for (CocoCategory c : state.categories()) {
      categories
          .addObject()
          .put("id", c.id())
          .put("name", c.name())
          .put("supercategory", c.supercategory());
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", FORMAT);
    metadata.put("format_version", Integer.toString(VERSION));
    metadata.put("iteration", Integer.toString(state.iteration()));
    metadata.put("seed", Long.toString(state.seed()));
    metadata.put("schedule", state.schedule());
    metadata.put("config", state.config().toYaml());
    metadata.put("categories", categories.toString());
    state.ap().forEach((name, value) -> metadata.put(AP + name, Double.toString(value)));
    return metadata;
  }

  /** Whether a file was written by this program. */
  static boolean isIn(WeightFile content) {
    return FORMAT.equals(content.metadata().get("format"));
  }

  /**
   * What a file that this program wrote says about itself.
   *
   * @throws CheckpointException if it is of a newer version or damaged
   */
  static Checkpoint.Description description(WeightFile content) {
    CheckpointMetadata metadata = new CheckpointMetadata(content);
    Path file = content.file();
    if (metadata.number("format_version") > VERSION) {
      throw new CheckpointException(
          "%s: has format version %s, this program reads up to %s; use a newer program"
              .formatted(file, metadata.text("format_version"), VERSION));
    }
    Config config;
    try {
      config = Config.defaults().mergeYaml(metadata.text("config"), file + " (metadata)");
    } catch (ConfigException e) {
      throw new CheckpointException(e.getMessage(), e);
    }
    return new Checkpoint.Description(
        file,
        OptionalInt.of(metadata.iteration()),
        OptionalLong.of(metadata.number("seed")),
        Optional.of(config),
        metadata.categories(),
        WeightLoader.classes(content));
  }

  /** What an evaluation found of the weights; empty if they were not evaluated. */
  static OptionalDouble ap(WeightFile content, String name) {
    String value = content.metadata().get(AP + name);
    try {
      return value == null ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(value));
    } catch (NumberFormatException e) {
      throw notANumber(content.file(), AP + name, value);
    }
  }

  private static CheckpointException notANumber(Path file, String key, String value) {
    return new CheckpointException(
        "%s: \"%s\" of its metadata is \"%s\", expected a number"
            .formatted(file, key, WeightFile.printable(value)));
  }

  private String text(String key) {
    String value = texts.get(key);
    if (value == null) {
      throw new CheckpointException(
          "%s: its metadata has no \"%s\"; it is damaged".formatted(file, key));
    }
    return value;
  }

  private long number(String key) {
    String value = text(key);
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw notANumber(file, key, value);
    }
  }

  private int iteration() {
    long iteration = number("iteration");
    if (iteration < 0 || iteration > Integer.MAX_VALUE) {
      throw new CheckpointException(
          "%s: \"iteration\" of its metadata is %s, which no run reaches"
              .formatted(file, iteration));
    }
    return (int) iteration;
  }

  private List<CocoCategory> categories() {
    try {
      List<CocoCategory> categories = new ArrayList<>();
      for (JsonNode node : JSON.readTree(text("categories"))) {
        categories.add(
            new CocoCategory(
                node.path("id").intValue(),
                node.path("name").asText(),
                node.path("supercategory").asText()));
      }
      return categories;
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          file + ": the categories of its metadata are not JSON: " + e.getOriginalMessage(), e);
    }
  }
}
