package dev.maskrcnn.detection.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.detection.log.RunFileException;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** What the evaluation of each data set left in {@code inference/}: numbers and pictures. */
final class SetResults {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Pictures and their captions, in the order of the page. */
  private static final List<Map.Entry<String, String>> PICTURES =
      List.of(
          Map.entry("precision_recall_bbox.png", "Precision over recall, boxes"),
          Map.entry("precision_recall_segm.png", "Precision over recall, masks"),
          Map.entry("precision_recall_bbox_categories.png", "By category, boxes"),
          Map.entry("precision_recall_segm_categories.png", "By category, masks"),
          Map.entry("confusion.png", "What was taken for what"));

  private SetResults() {}

  /**
   * All data sets that were evaluated, by name.
   *
   * @param folder of the run
   * @return {@code [{"name", "results": results.json, "pictures": [{"caption", "src"}]}]}
   * @throws RunFileException if a file cannot be read
   */
  static ArrayNode of(Path folder) {
    ArrayNode sets = JsonNodeFactory.instance.arrayNode();
    for (Path set : folders(folder.resolve("inference"))) {
      Path results = set.resolve("results.json");
      if (!Files.exists(results)) {
        continue;
      }
      ObjectNode node = sets.addObject().put("name", set.getFileName().toString());
      node.set("results", parsed(results));
      ArrayNode pictures = node.putArray("pictures");
      for (Map.Entry<String, String> picture : PICTURES) {
        Path file = set.resolve(picture.getKey());
        if (Files.exists(file)) {
          String data = Base64.getEncoder().encodeToString(bytes(file));
          pictures
              .addObject()
              .put("caption", picture.getValue())
              .put("src", "data:image/png;base64," + data);
        }
      }
    }
    return sets;
  }

  private static List<Path> folders(Path parent) {
    List<Path> out = new ArrayList<>();
    if (!Files.isDirectory(parent)) {
      return out;
    }
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(parent, Files::isDirectory)) {
      stream.forEach(out::add);
    } catch (IOException e) {
      throw new RunFileException(parent + ": cannot be read: " + FileFailure.reason(e), e);
    }
    Collections.sort(out);
    return out;
  }

  private static JsonNode parsed(Path file) {
    byte[] content = bytes(file);
    try {
      return JSON.readTree(content);
    } catch (IOException e) {
      throw new RunFileException(file + ": no JSON: " + FileFailure.reason(e), e);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new RunFileException(file + ": cannot be read: " + FileFailure.reason(e), e);
    }
  }
}
