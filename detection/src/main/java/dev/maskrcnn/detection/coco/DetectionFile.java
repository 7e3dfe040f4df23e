package dev.maskrcnn.detection.coco;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.maskrcnn.tensor.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads and writes {@code bbox.json} and {@code segm.json}, COCO's result format: a list of {@code
 * {image_id, category_id, bbox [x, y, w, h] or segmentation {size [h, w], counts}, score}}.
 *
 * <p>The order of the list is kept; it decides between equal scores in the evaluation.
 */
public final class DetectionFile {
  private DetectionFile() {}

  /**
   * Writes the boxes of detections. The file appears as a whole or not at all.
   *
   * @throws dev.maskrcnn.tensor.io.TensorFileException if it cannot be written
   */
  public static void writeBoxes(Path file, List<DetectionRecord> detections) {
    write(
        file,
        detections,
        (json, d) -> {
          json.writeFieldName("bbox");
          json.writeArray(d.bbox(), 0, 4);
        });
  }

  /**
   * Writes the masks of detections. The file appears as a whole or not at all.
   *
   * @throws CocoFormatException if a detection has no mask
   * @throws dev.maskrcnn.tensor.io.TensorFileException if it cannot be written
   */
  public static void writeMasks(Path file, List<DetectionRecord> detections) {
    write(
        file,
        detections,
        (json, d) -> {
          Rle mask = d.mask().orElseThrow(() -> noMask(file, d));
          json.writeObjectFieldStart("segmentation");
          json.writeFieldName("size");
          json.writeArray(new int[] {mask.height(), mask.width()}, 0, 2);
          json.writeStringField("counts", mask.toCompressed());
          json.writeEndObject();
        });
  }

  private static CocoFormatException noMask(Path file, DetectionRecord d) {
    return new CocoFormatException(
        "%s: a detection of image %s has no mask; write boxes only".formatted(file, d.imageId()));
  }

  /** Writes what is between category and score. */
  @FunctionalInterface
  private interface Shape {
    void write(JsonGenerator json, DetectionRecord detection) throws IOException;
  }

  private static void write(Path file, List<DetectionRecord> detections, Shape shape) {
    AtomicFile.writeStream(
        file,
        out -> {
          JsonGenerator json = new JsonFactory().createGenerator(out);
          json.writeStartArray();
          for (DetectionRecord d : detections) {
            json.writeStartObject();
            json.writeNumberField("image_id", d.imageId());
            json.writeNumberField("category_id", d.categoryId());
            shape.write(json, d);
            json.writeNumberField("score", d.score());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.flush();
        });
  }

  /**
   * Reads a result file of either kind. A missing bbox is computed from the mask.
   *
   * @throws CocoFormatException if the file is missing, cut off, or an entry is not complete
   */
  public static List<DetectionRecord> read(Path file) {
    List<DetectionRecord> out = new ArrayList<>();
    try (JsonFields json = JsonFields.open(file)) {
      JsonParser p = json.parser();
      if (p.nextToken() != JsonToken.START_ARRAY) {
        String what = p.currentToken() == null ? "nothing but blanks" : json.describe();
        throw new CocoFormatException(
            "%s: holds %s, expected a list of detections".formatted(file, what));
      }
      while (p.nextToken() != JsonToken.END_ARRAY) {
        out.add(readOne(json, file, out.size()));
      }
    } catch (IOException e) {
      throw JsonFields.unreadable(file, e);
    }
    return out;
  }

  private static DetectionRecord readOne(JsonFields json, Path file, int position)
      throws IOException {
    JsonParser p = json.parser();
    List<String> problems = new ArrayList<>(0);
    if (p.currentToken() != JsonToken.START_OBJECT) {
      throw bad(file, position, "is " + json.describe() + ", expected an object");
    }
    OptionalLong imageId = OptionalLong.empty();
    OptionalLong categoryId = OptionalLong.empty();
    Double score = null;
    double[] bbox = null;
    RawRuns runs = null;
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String name = p.currentName();
      p.nextToken();
      switch (name) {
        case "image_id" -> imageId = json.integer(name, problems);
        case "category_id" -> categoryId = json.integer(name, problems);
        case "score" -> score = json.number(name, problems);
        case "bbox" -> bbox = json.numbers(name, problems);
        case "segmentation" -> runs = RawRuns.require(json, problems);
        default -> p.skipChildren();
      }
    }
    Optional<Rle> mask = mask(runs, problems);
    if (problems.isEmpty()) {
      require(imageId.isPresent(), "image_id", problems);
      require(categoryId.isPresent(), "category_id", problems);
      require(score != null, "score", problems);
      require(bbox != null || runs != null, "bbox\" or \"segmentation", problems);
    }
    if (!problems.isEmpty()) {
      throw bad(file, position, problems.get(0));
    }
    double[] box = bbox != null ? bbox : mask.orElseThrow().toBbox();
    try {
      return new DetectionRecord(
          imageId.getAsLong(), Math.toIntExact(categoryId.getAsLong()), box, mask, score);
    } catch (CocoFormatException | ArithmeticException e) {
      throw new CocoFormatException(
          "%s: detection %s: %s".formatted(file, position, e.getMessage()), e);
    }
  }

  private static Optional<Rle> mask(RawRuns runs, List<String> problems) {
    return runs != null && runs.check(problems) instanceof RunLength mask
        ? Optional.of(mask.rle())
        : Optional.empty();
  }

  private static void require(boolean present, String field, List<String> problems) {
    if (!present) {
      problems.add("has no \"%s\"; every detection needs one".formatted(field));
    }
  }

  private static CocoFormatException bad(Path file, int position, String problem) {
    return new CocoFormatException("%s: detection %s: %s".formatted(file, position, problem));
  }
}
