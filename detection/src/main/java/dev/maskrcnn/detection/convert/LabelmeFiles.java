package dev.maskrcnn.detection.convert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.image.ImageSize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * labelme: one JSON file for each image. Polygons, rectangles and circles; shapes of the same label
 * and {@code group_id} are parts of one object, as in labelme's own converter.
 */
final class LabelmeFiles implements ShapeSource {
  private record Key(String label, String group) {}

  private final Path input;

  LabelmeFiles(Path input) {
    this.input = input;
  }

  @Override
  public List<LabelledImage> read(Consumer<String> defects) {
    return Json.files(input, ".json").stream().map(file -> image(file, defects)).toList();
  }

  private LabelledImage image(Path file, Consumer<String> defects) {
    JsonNode root = Json.read(file);
    Optional<ImageSize> given =
        Json.size(file, root.path("imageWidth"), root.path("imageHeight"), Integer.MAX_VALUE);
    String path = root.path("imagePath").asText("").replace('\\', '/');
    if (given.isEmpty() || path.isEmpty() || !root.path("shapes").isArray()) {
      throw new ConvertException(
          file + ": is no file of labelme, which has imagePath, imageWidth, imageHeight, shapes");
    }
    ImageSize size = given.get();
    Map<Key, List<double[]>> objects = new LinkedHashMap<>();
    int number = 0;
    for (JsonNode shape : root.path("shapes")) {
      try {
        String group = shape.path("group_id").asText("null");
        Key key =
            new Key(label(shape), group.equals("null") ? "shape " + number : "group " + group);
        double[] part = part(shape);
        Conversion.requireInside(part, size);
        objects.computeIfAbsent(key, k -> new ArrayList<>()).add(part);
      } catch (BadShapeException e) {
        defects.accept("%s: shape %s: %s".formatted(file, number, e.getMessage()));
      }
      number++;
    }
    List<Outline> outlines = new ArrayList<>();
    objects.forEach((key, parts) -> outlines.add(Outline.ofPolygons(key.label, parts, size)));
    return new LabelledImage(fileName(file, path), size, outlines);
  }

  /** Paths in the files are relative to them; in COCO's format to the folder of images. */
  private String fileName(Path file, String path) {
    Path folder = file.equals(input) ? file.toAbsolutePath().getParent() : input.toAbsolutePath();
    Path image = Json.path(file, file.toAbsolutePath().getParent(), path).normalize();
    return folder.normalize().relativize(image).toString().replace('\\', '/');
  }

  private static String label(JsonNode shape) {
    String label = shape.path("label").asText("");
    if (label.isBlank()) {
      throw new BadShapeException("has no label");
    }
    return label;
  }

  private static double[] part(JsonNode shape) {
    String type = shape.path("shape_type").asText("polygon"); // old files have polygons only
    double[] p = Json.points(shape.path("points"));
    if (type.equals("polygon")) {
      return Shapes.polygon(p);
    }
    if (!type.equals("rectangle") && !type.equals("circle")) {
      throw new BadShapeException(
          "a %s encloses nothing; polygon, rectangle and circle are read".formatted(type));
    }
    if (p.length != 4) {
      throw new BadShapeException("a %s has 2 points, got %s".formatted(type, p.length / 2));
    }
    if (type.equals("rectangle")) {
      return Shapes.rectangle(p[0], p[1], p[2], p[3]);
    }
    double radius = Math.hypot(p[2] - p[0], p[3] - p[1]);
    return Shapes.ellipse(p[0], p[1], new double[] {radius, radius}, 0);
  }
}
