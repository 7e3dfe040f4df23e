package dev.maskrcnn.detection.coco;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.List;

/**
 * Run lengths as they are read: {@code size}, and {@code counts} as a text or a list of numbers.
 *
 * @param size height and width, or null
 * @param compressed COCO's string, or null
 * @param plain the list of runs, or null
 */
record RawRuns(double[] size, String compressed, double[] plain) {

  /** Reads the object at which the parser stands; anything else is noted and gives null. */
  static RawRuns require(JsonFields json, List<String> problems) throws IOException {
    if (json.parser().currentToken() == JsonToken.START_OBJECT) {
      return read(json, problems);
    }
    problems.add("\"segmentation\" is %s, expected run lengths".formatted(json.describe()));
    json.parser().skipChildren();
    return null;
  }

  /** Reads the object at which the parser stands, to its end. */
  static RawRuns read(JsonFields json, List<String> problems) throws IOException {
    JsonParser p = json.parser();
    double[] size = null;
    String compressed = null;
    double[] plain = null;
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String name = p.currentName();
      JsonToken token = p.nextToken();
      if (name.equals("size")) {
        size = json.numbers(name, problems);
      } else if (name.equals("counts") && token == JsonToken.VALUE_STRING) {
        compressed = p.getText();
      } else if (name.equals("counts")) {
        plain = json.numbers(name, problems);
      } else {
        p.skipChildren();
      }
    }
    return new RawRuns(size, compressed, plain);
  }

  /** The mask; anything after having noted why there is none. */
  Segmentation check(List<String> problems) {
    if (!problems.isEmpty()) {
      return new NoSegmentation();
    }
    if (size == null || size.length != 2 || !whole(size)) {
      problems.add("run lengths have no \"size\" of two whole numbers (height, width)");
      return new NoSegmentation();
    }
    if (compressed == null && (plain == null || !whole(plain))) {
      problems.add("run lengths have no \"counts\" as a text or a list of whole numbers");
      return new NoSegmentation();
    }
    try {
      return new RunLength(rle());
    } catch (CocoFormatException e) {
      problems.add(e.getMessage());
      return new NoSegmentation();
    }
  }

  private Rle rle() {
    int height = (int) size[0];
    int width = (int) size[1];
    if (compressed != null) {
      return Rle.fromCompressed(compressed, height, width);
    }
    int[] counts = new int[plain.length];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = (int) plain[i];
    }
    return new Rle(height, width, counts);
  }

  private static boolean whole(double[] values) {
    for (double v : values) {
      if (v != (int) v) {
        return false;
      }
    }
    return true;
  }
}
