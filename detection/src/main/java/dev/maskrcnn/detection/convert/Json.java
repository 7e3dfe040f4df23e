package dev.maskrcnn.detection.convert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What all readers do with JSON files. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

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
          "%s: is not JSON, line %d: %s"
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

  /** A number of a shape. */
  static double number(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isNumber()) {
      throw new ShapeException("%s is no number".formatted(field));
    }
    return Shapes.finite(new double[] {value.asDouble()})[0];
  }

  /** Points {@code [[x, y], …]} as {@code x, y, x, y, …}. */
  static double[] points(JsonNode list) {
    if (!list.isArray()) {
      throw new ShapeException("has no list of points");
    }
    double[] out = new double[2 * list.size()];
    for (int i = 0; i < list.size(); i++) {
      JsonNode point = list.get(i);
      if (point.size() != 2 || !point.path(0).isNumber() || !point.path(1).isNumber()) {
        throw new ShapeException("point %d is no pair of numbers".formatted(i));
      }
      out[2 * i] = point.get(0).asDouble();
      out[2 * i + 1] = point.get(1).asDouble();
    }
    return Shapes.finite(out);
  }
}
