package dev.maskrcnn.detection.coco;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * One annotation as it is read, before it is known whether it is sound. Fields come in any order
 * (COCO itself writes the id last), so nothing is judged before the object ends.
 */
final class RawAnnotation {
  private final JsonFields json;
  private OptionalLong id = OptionalLong.empty();
  private OptionalLong imageId = OptionalLong.empty();
  private OptionalLong categoryId = OptionalLong.empty();
  private double[] bbox;
  private Double area;
  private Boolean crowd;
  private List<double[]> parts;
  private RawRuns runs;
  private final List<String> problems = new ArrayList<>(0);

  RawAnnotation(JsonFields json) {
    this.json = json;
  }

  /** Reads the object at which the parser stands, to its end. */
  void read() throws IOException {
    JsonParser p = json.parser();
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String name = p.currentName();
      p.nextToken();
      switch (name) {
        case "id" -> id = json.integer(name, problems);
        case "image_id" -> imageId = json.integer(name, problems);
        case "category_id" -> categoryId = json.integer(name, problems);
        case "area" -> area = json.number(name, problems);
        case "iscrowd" -> crowd = flag(name);
        case "bbox" -> bbox = json.numbers(name, problems);
        case "segmentation" -> readSegmentation();
        default -> p.skipChildren();
      }
    }
  }

  private Boolean flag(String name) throws IOException {
    JsonToken token = json.parser().currentToken();
    if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
      return token == JsonToken.VALUE_TRUE;
    }
    OptionalLong value = json.integer(name, problems);
    return value.isEmpty() ? null : Boolean.valueOf(value.getAsLong() != 0);
  }

  private void readSegmentation() throws IOException {
    JsonParser p = json.parser();
    switch (p.currentToken()) {
      case VALUE_NULL -> {
        // The same as none: datasets of boxes only.
      }
      case START_ARRAY -> {
        parts = new ArrayList<>(1);
        while (p.nextToken() != JsonToken.END_ARRAY) {
          double[] part = json.numbers("segmentation", problems);
          if (part != null) {
            parts.add(part);
          }
        }
      }
      case START_OBJECT -> runs = RawRuns.read(json, problems);
      default ->
          problems.add(
              "\"segmentation\" is %s, expected polygons or run lengths"
                  .formatted(json.describe()));
    }
  }

  OptionalLong id() {
    return id;
  }

  OptionalLong imageId() {
    return imageId;
  }

  /**
   * The sound annotation, or null after having reported why it is not.
   *
   * @param position place in the file's list, to name annotations without id
   */
  CocoAnnotation check(int position, ProblemSink sink) {
    require(id.isPresent(), "id", "give every annotation a number of its own");
    require(imageId.isPresent(), "image_id", "name the image that shows the object");
    require(categoryId.isPresent(), "category_id", "name the object's category");
    require(bbox != null, "bbox", "give x, y, width, height");
    require(area != null, "area", "give the object's area in pixels");
    require(crowd != null, "iscrowd", "add \"iscrowd\": 0 for single objects");
    if (categoryId.isPresent() && categoryId.getAsLong() != (int) categoryId.getAsLong()) {
      problems.add("category_id %d does not fit into 32 bits".formatted(categoryId.getAsLong()));
    }
    if (bbox != null) {
      checkBox();
    }
    if (area != null && !(area >= 0 && area < Double.POSITIVE_INFINITY)) {
      problems.add("area is " + area + ", expected a number of pixels, 0 or more");
    }
    Segmentation segmentation = segmentation();
    if (problems.isEmpty()) {
      return new CocoAnnotation(
          id.getAsLong(),
          imageId.getAsLong(),
          (int) categoryId.getAsLong(),
          bbox,
          area,
          crowd,
          segmentation);
    }
    String where = id.isPresent() ? "" : "at position %d of the list: ".formatted(position);
    for (String problem : problems) {
      sink.add(imageId, id, where + problem);
    }
    return null;
  }

  /** Fields that are there but of a wrong type are reported as that already. */
  private void require(boolean present, String field, String advice) {
    String quoted = "\"" + field + "\"";
    if (!present && problems.stream().noneMatch(p -> p.startsWith(quoted))) {
      problems.add("has no %s; %s".formatted(quoted, advice));
    }
  }

  private void checkBox() {
    if (bbox.length != 4) {
      problems.add("bbox has %d numbers, expected 4 (x, y, width, height)".formatted(bbox.length));
      return;
    }
    for (double v : bbox) {
      if (!Double.isFinite(v)) {
        problems.add("bbox holds " + v + ", expected finite numbers");
        return;
      }
    }
    if (bbox[2] < 0 || bbox[3] < 0) {
      problems.add(
          "bbox has a negative size of %s x %s; write x, y, width, height from the upper left"
              .formatted(JsonFields.plain(bbox[2]), JsonFields.plain(bbox[3])));
    }
  }

  private Segmentation segmentation() {
    if (runs != null) {
      return runs.check(problems);
    }
    if (parts == null || parts.isEmpty()) {
      return new NoSegmentation();
    }
    for (int i = 0; i < parts.size(); i++) {
      checkPolygon(i, parts.get(i));
    }
    return new Polygons(parts);
  }

  private void checkPolygon(int index, double[] xy) {
    if ((xy.length & 1) == 1) {
      problems.add(
          "polygon %d has %d numbers, expected pairs of x and y".formatted(index, xy.length));
    } else if (xy.length < 6) {
      problems.add(
          "polygon %d has %d points, expected at least 3; remove it or give its outline"
              .formatted(index, xy.length / 2));
    }
    for (double v : xy) {
      if (!Double.isFinite(v)) {
        problems.add("polygon %d holds %s, expected finite numbers".formatted(index, v));
        return;
      }
    }
  }
}
