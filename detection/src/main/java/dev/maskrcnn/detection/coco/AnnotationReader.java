package dev.maskrcnn.detection.coco;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads an annotation file in one pass and checks it.
 *
 * <p>Sound parts are kept, others are reported. What refers to other parts of the file is checked
 * at the end, since the lists come in any order.
 */
final class AnnotationReader {
  /** In pixels; a polygon takes memory for each column that it crosses. */
  private static final long LARGEST_SIDE = 1_000_000;

  private final ProblemSink sink;
  private final List<CocoImage> images = new ArrayList<>();
  private final List<CocoCategory> categories = new ArrayList<>();
  private final List<CocoAnnotation> annotations = new ArrayList<>();
  private final Map<Long, CocoImage> imageOf = new HashMap<>();

  /** Ids that occur, also of parts that are not sound, so that a defect is not reported twice. */
  private final Set<Long> imageIds = new HashSet<>();

  /** Numbers of image ids that are words. */
  private final Map<String, Long> imageNumbers = new HashMap<>();

  private final Set<Long> categoryIds = new HashSet<>();
  private final Set<Long> annotationIds = new HashSet<>();

  private AnnotationReader(ProblemSink sink) {
    this.sink = sink;
  }

  /**
   * Reads a file to its end.
   *
   * @throws CocoFormatException if it cannot be read as JSON
   */
  static AnnotationReader read(Path file, ProblemSink sink) {
    AnnotationReader reader = new AnnotationReader(sink);
    try (JsonFields json = JsonFields.open(file)) {
      reader.readFile(json);
    } catch (IOException e) {
      throw JsonFields.unreadable(file, e);
    }
    reader.checkReferences();
    return reader;
  }

  List<CocoImage> images() {
    return images;
  }

  List<CocoCategory> categories() {
    return categories;
  }

  List<CocoAnnotation> annotations() {
    return annotations;
  }

  /** What is sound, as a data set. */
  CocoDataset dataset(Path imageFolder) {
    return CocoDataset.of(images, annotations, categories, imageFolder);
  }

  /** The image of that id, or null. */
  CocoImage image(long id) {
    return imageOf.get(id);
  }

  private void readFile(JsonFields json) throws IOException {
    JsonParser p = json.parser();
    if (p.nextToken() != JsonToken.START_OBJECT) {
      String what = p.currentToken() == null ? "nothing but blanks" : json.describe();
      sink.add(
          "holds %s, expected an object with images, annotations and categories%s"
              .formatted(what, what.equals("a list") ? "; it looks like a result file" : ""));
      return;
    }
    Set<String> seen = new HashSet<>();
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String name = p.currentName();
      seen.add(name);
      p.nextToken();
      switch (name) {
        case "images" -> readList(json, name, this::readImage);
        case "categories" -> readList(json, name, this::readCategory);
        case "annotations" -> readList(json, name, this::readAnnotation);
        default -> p.skipChildren();
      }
    }
    if (p.nextToken() != null) {
      sink.add("text follows behind the closing brace; the file is damaged");
    }
    // Files of test images have no annotations.
    for (String name : List.of("images", "categories")) {
      if (!seen.contains(name)) {
        sink.add("has no \"%s\"; a COCO file lists them".formatted(name));
      }
    }
  }

  /** Reads one element of a list. */
  @FunctionalInterface
  private interface Element {
    void read(JsonFields json, int position) throws IOException;
  }

  private void readList(JsonFields json, String name, Element element) throws IOException {
    JsonParser p = json.parser();
    if (p.currentToken() != JsonToken.START_ARRAY) {
      sink.add("\"%s\" is %s, expected a list".formatted(name, json.describe()));
      p.skipChildren();
      return;
    }
    for (int i = 0; p.nextToken() != JsonToken.END_ARRAY; i++) {
      if (p.currentToken() == JsonToken.START_OBJECT) {
        element.read(json, i);
      } else {
        sink.add("%s[%s] is %s, expected an object".formatted(name, i, json.describe()));
        p.skipChildren();
      }
    }
  }

  private void readImage(JsonFields json, int position) throws IOException {
    JsonParser p = json.parser();
    List<String> problems = new ArrayList<>(0);
    List<String> textIds = new ArrayList<>(0);
    OptionalLong id = OptionalLong.empty();
    OptionalLong width = OptionalLong.empty();
    OptionalLong height = OptionalLong.empty();
    String fileName = null;
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String name = p.currentName();
      p.nextToken();
      switch (name) {
        case "id" -> id = json.imageId(name, problems, textIds, imageNumbers);
        case "width" -> width = json.integer(name, problems);
        case "height" -> height = json.integer(name, problems);
        case "file_name" -> fileName = json.text(name, problems);
        default -> p.skipChildren();
      }
    }
    if (problems.isEmpty()) {
      requireAll(problems, id.isPresent() ? "" : "id", fileName == null ? "file_name" : "");
      requireAll(problems, width.isPresent() ? "" : "width", height.isPresent() ? "" : "height");
    }
    checkSize(width, height, problems);
    if (fileName != null && fileName.chars().anyMatch(Character::isISOControl)) {
      problems.add("\"file_name\" has control characters; rename the file");
    }
    if (id.isPresent() && !imageIds.add(id.getAsLong())) {
      problems.add("occurs twice in \"images\"; ids must be unique");
    }
    if (problems.isEmpty()) {
      CocoImage image =
          new CocoImage(
              id.getAsLong(), fileName, (int) width.getAsLong(), (int) height.getAsLong());
      images.add(image);
      imageOf.put(image.id(), image);
      for (String text : textIds) {
        sink.repaired(Repair.TEXT_ID, id, OptionalLong.empty(), text);
      }
    }
    String where = id.isPresent() ? "" : "images[%s]: ".formatted(position);
    for (String problem : problems) {
      sink.add(id, OptionalLong.empty(), where + problem);
    }
  }

  private static void checkSize(OptionalLong width, OptionalLong height, List<String> problems) {
    if (width.isPresent() && height.isPresent()) {
      long w = width.getAsLong();
      long h = height.getAsLong();
      if (w < 1 || h < 1 || Math.max(w, h) > LARGEST_SIDE || w > Integer.MAX_VALUE / h) {
        problems.add("size is %sx%s, expected width and height in pixels".formatted(w, h));
      }
    }
  }

  private static void requireAll(List<String> problems, String... missing) {
    for (String name : missing) {
      if (!name.isEmpty()) {
        problems.add("has no \"%s\"; add it to the entry in the list".formatted(name));
      }
    }
  }

  private void readCategory(JsonFields json, int position) throws IOException {
    JsonParser p = json.parser();
    List<String> problems = new ArrayList<>(0);
    List<String> textIds = new ArrayList<>(0);
    OptionalLong id = OptionalLong.empty();
    String categoryName = null;
    String supercategory = "";
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String name = p.currentName();
      JsonToken token = p.nextToken();
      switch (name) {
        case "id" -> id = json.id(name, problems, textIds);
        case "name" -> categoryName = json.text(name, problems);
        case "supercategory" -> {
          supercategory = token == JsonToken.VALUE_STRING ? p.getText() : "";
          p.skipChildren();
        }
        default -> p.skipChildren();
      }
    }
    if (problems.isEmpty()) {
      requireAll(problems, id.isPresent() ? "" : "id", categoryName == null ? "name" : "");
    }
    if (id.isPresent() && id.getAsLong() != (int) id.getAsLong()) {
      problems.add("id %s does not fit into 32 bits".formatted(id.getAsLong()));
    } else if (id.isPresent() && !categoryIds.add(id.getAsLong())) {
      problems.add("id %s occurs twice; ids must be unique".formatted(id.getAsLong()));
    }
    if (problems.isEmpty()) {
      if (categoryName.chars().anyMatch(Character::isISOControl)) {
        categoryName = categoryName.replaceAll("\\p{Cntrl}+", " ").strip();
        textIds.add("its name has control characters, which become blanks");
      }
      categories.add(new CocoCategory((int) id.getAsLong(), categoryName, supercategory));
      for (String text : textIds) {
        sink.repaired(
            text.startsWith("its name") ? Repair.CONTROL_CHARACTERS : Repair.TEXT_ID,
            OptionalLong.empty(),
            OptionalLong.empty(),
            "categories[%s]: %s".formatted(position, text));
      }
    }
    for (String problem : problems) {
      sink.add("categories[%s]: %s".formatted(position, problem));
    }
  }

  private void readAnnotation(JsonFields json, int position) throws IOException {
    RawAnnotation raw = new RawAnnotation(json, imageNumbers);
    raw.read();
    CocoAnnotation annotation = raw.check(position, sink);
    if (raw.id().isPresent() && !annotationIds.add(raw.id().getAsLong())) {
      sink.add(raw.imageId(), raw.id(), "occurs twice in \"annotations\"; ids must be unique");
      return;
    }
    if (annotation != null) {
      annotations.add(annotation);
    }
  }

  private void checkReferences() {
    annotations.removeIf(a -> !refersToSoundParts(a));
  }

  private boolean refersToSoundParts(CocoAnnotation a) {
    OptionalLong image = OptionalLong.of(a.imageId());
    OptionalLong id = OptionalLong.of(a.id());
    boolean sound = true;
    if (!imageIds.contains(a.imageId())) {
      sink.repaired(
          Repair.UNLISTED_IMAGE,
          image,
          id,
          "names an image that is not in \"images\"; add or remove one of them");
      sound = false;
    }
    if (!categoryIds.contains((long) a.categoryId())) {
      sink.add(
          image, id, "names category %s, which is not in \"categories\"".formatted(a.categoryId()));
      sound = false;
    }
    CocoImage shown = imageOf.get(a.imageId());
    if (shown != null
        && a.segmentation() instanceof RunLength runs
        && (runs.rle().height() != shown.height() || runs.rle().width() != shown.width())) {
      sink.add(
          image,
          id,
          "mask is of %sx%s, its image of %sx%s (height x width); make them equal"
              .formatted(runs.rle().height(), runs.rle().width(), shown.height(), shown.width()));
      sound = false;
    }
    return sound && shown != null;
  }
}
