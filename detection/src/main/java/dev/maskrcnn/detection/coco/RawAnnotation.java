package dev.maskrcnn.detection.coco;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  private boolean flat;
  private final Map<String, Long> imageNumbers;
  private final List<String> problems = new ArrayList<>(0);
  private final List<String> textIds = new ArrayList<>(0);

  /**
   * @param imageNumbers the numbers of image ids that are words
   */
  RawAnnotation(JsonFields json, Map<String, Long> imageNumbers) {
    this.json = json;
    this.imageNumbers = imageNumbers;
  }

  /** Reads the object at which the parser stands, to its end. */
  void read() throws IOException {
    JsonParser p = json.parser();
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String name = p.currentName();
      p.nextToken();
      switch (name) {
        case "id" -> id = json.id(name, problems, textIds);
        case "image_id" -> imageId = json.imageId(name, problems, textIds, imageNumbers);
        case "category_id" -> categoryId = json.id(name, problems, textIds);
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
          if (parts.isEmpty() && p.currentToken().isNumeric()) {
            flat = true;
            double[] only = json.rest("segmentation", problems);
            if (only != null) {
              parts.add(only);
            }
            return;
          }
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
    if (categoryId.isPresent() && categoryId.getAsLong() != (int) categoryId.getAsLong()) {
      problems.add("category_id %s does not fit into 32 bits".formatted(categoryId.getAsLong()));
    }
    if (bbox != null) {
      checkBox();
    }
    if (area != null && !(area >= 0 && area < Double.POSITIVE_INFINITY)) {
      problems.add("area is " + area + ", expected a number of pixels, 0 or more");
    }
    List<String> shortPolygons = new ArrayList<>(0);
    Segmentation segmentation = segmentation(shortPolygons);
    boolean noArea = area == null && absent("area");
    boolean noCrowd = crowd == null && absent("iscrowd");
    if (problems.isEmpty()) {
      repaired(noArea, noCrowd, shortPolygons, sink);
      return new CocoAnnotation(
          id.getAsLong(),
          imageId.getAsLong(),
          (int) categoryId.getAsLong(),
          bbox,
          noArea ? area(segmentation) : area,
          !noCrowd && crowd,
          segmentation);
    }
    problems.addAll(shortPolygons);
    String where = id.isPresent() ? "" : "at position %s of the list: ".formatted(position);
    for (String problem : problems) {
      sink.add(imageId, id, where + problem);
    }
    return null;
  }

  private void repaired(
      boolean noArea, boolean noCrowd, List<String> shortPolygons, ProblemSink sink) {
    textIds.forEach(text -> sink.repaired(Repair.TEXT_ID, imageId, id, text));
    shortPolygons.forEach(text -> sink.repaired(Repair.SHORT_POLYGON, imageId, id, text));
    if (flat) {
      sink.repaired(
          Repair.FLAT_POLYGON,
          imageId,
          id,
          "\"segmentation\" is a flat list of numbers, expected a list of polygons;"
              + " write [[x, y, …]]");
    }
    if (noArea) {
      sink.repaired(
          Repair.NO_AREA, imageId, id, "has no \"area\"; give the object's area in pixels");
    }
    if (noCrowd) {
      sink.repaired(
          Repair.NO_CROWD,
          imageId,
          id,
          "has no \"iscrowd\"; add \"iscrowd\": 0 for single objects");
    }
  }

  private double area(Segmentation segmentation) {
    if (segmentation instanceof RunLength mask) {
      return mask.rle().area();
    }
    return segmentation instanceof Polygons polygons ? polygons.area() : bbox[2] * bbox[3];
  }

  private void require(boolean present, String field, String advice) {
    if (!present && absent(field)) {
      problems.add("has no \"%s\"; %s".formatted(field, advice));
    }
  }

  /** Fields that are there but of a wrong type are reported as that already. */
  private boolean absent(String field) {
    String quoted = "\"" + field + "\"";
    return problems.stream().noneMatch(p -> p.startsWith(quoted));
  }

  private void checkBox() {
    if (bbox.length != 4) {
      problems.add("bbox has %s numbers, expected 4 (x, y, width, height)".formatted(bbox.length));
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

  /** The outline, without the polygons that are too short, which are noted. */
  private Segmentation segmentation(List<String> tooShort) {
    if (runs != null) {
      return runs.check(problems);
    }
    List<double[]> sound = new ArrayList<>(1);
    for (int i = 0; parts != null && i < parts.size(); i++) {
      if (checkPolygon(i, parts.get(i), tooShort)) {
        sound.add(parts.get(i));
      }
    }
    return sound.isEmpty() ? new NoSegmentation() : new Polygons(sound);
  }

  private boolean checkPolygon(int index, double[] xy, List<String> tooShort) {
    for (double v : xy) {
      if (!Double.isFinite(v)) {
        problems.add("polygon %s holds %s, expected finite numbers".formatted(index, v));
        return false;
      }
    }
    if ((xy.length & 1) == 1) {
      problems.add(
          "polygon %s has %s numbers, expected pairs of x and y".formatted(index, xy.length));
      return false;
    }
    if (xy.length < 6) {
      tooShort.add(
          "polygon %s has %s points, expected at least 3; remove it or give its outline"
              .formatted(index, xy.length / 2));
      return false;
    }
    return true;
  }
}
