package dev.maskrcnn.detection.convert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What all readers do with JSON files. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** No camera and no scanner gives more; rasters take memory for each column. */
  private static final int MOST_PIXELS_A_SIDE = 1_000_000;

  private Json() {}

  static JsonNode read(Path file) {
    try {
      JsonNode root = MAPPER.readTree(Files.readAllBytes(file));
      if (root == null || !root.isObject()) {
        throw new ConvertException(file + ": is no JSON object");
      }
      return root;
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new ConvertException(
          "%s: is not JSON, line %s: %s"
              .formatted(
                  file,
                  e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                  e.getOriginalMessage().replaceAll("\\s*\\R\\s*", " ")),
          e);
    } catch (IOException e) {
      throw new ConvertException(file + ": cannot be read, " + FileFailure.reason(e), e);
    }
  }

  /** The files below a folder whose names end so, or the one file, in the order of their names. */
  static List<Path> files(Path input, String ending) {
    if (Files.isRegularFile(input)) {
      return List.of(input);
    }
    try (Stream<Path> all = Files.walk(input)) {
      List<Path> files =
          all.filter(f -> f.toString().endsWith(ending) && Files.isRegularFile(f))
              .sorted()
              .toList();
      if (files.isEmpty()) {
        throw new ConvertException("%s: holds no file that ends in %s".formatted(input, ending));
      }
      return files;
    } catch (IOException e) {
      throw new ConvertException(input + ": cannot be read, " + FileFailure.reason(e), e);
    }
  }

  /**
   * A path that a file names.
   *
   * @param base what it is relative to
   * @throws ConvertException if it is none
   */
  static Path path(Path file, Path base, String name) {
    try {
      return base.resolve(name);
    } catch (InvalidPathException e) {
      throw new ConvertException(
          "%s: names an image that no file can be called: %s".formatted(file, e.getReason()), e);
    }
  }

  /**
   * The size of an image.
   *
   * @param most pixels that it may have
   * @return empty if there is none
   * @throws ConvertException if it is too large
   */
  static Optional<ImageSize> size(Path file, JsonNode width, JsonNode height, long most) {
    if (!width.isNumber() || !height.isNumber()) {
      return Optional.empty();
    }
    double w = width.asDouble();
    double h = height.asDouble();
    if (w > MOST_PIXELS_A_SIDE || h > MOST_PIXELS_A_SIDE || w * h > most) {
      throw new ConvertException(
          "%s: says that its image has %s x %s pixels, at most %s a side and %s in all are read"
              .formatted(file, width.asText(), height.asText(), MOST_PIXELS_A_SIDE, most));
    }
    return w >= 1 && h >= 1 ? Optional.of(new ImageSize((int) w, (int) h)) : Optional.empty();
  }

  /** A number of a shape. */
  static double number(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isNumber()) {
      throw new BadShapeException("%s is no number".formatted(field));
    }
    return Shapes.finite(new double[] {value.asDouble()})[0];
  }

  /** Points {@code [[x, y], …]} as {@code x, y, x, y, …}. */
  static double[] points(JsonNode list) {
    if (!list.isArray()) {
      throw new BadShapeException("has no list of points");
    }
    double[] out = new double[2 * list.size()];
    for (int i = 0; i < list.size(); i++) {
      JsonNode point = list.get(i);
      if (point.size() != 2 || !point.path(0).isNumber() || !point.path(1).isNumber()) {
        throw new BadShapeException("point %s is no pair of numbers".formatted(i));
      }
      out[2 * i] = point.get(0).asDouble();
      out[2 * i + 1] = point.get(1).asDouble();
    }
    return Shapes.finite(out);
  }
}
