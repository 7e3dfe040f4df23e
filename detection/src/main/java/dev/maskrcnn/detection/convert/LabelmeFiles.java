package dev.maskrcnn.detection.convert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.coco.MaskTracer;
import dev.maskrcnn.detection.image.ImageFormatException;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.LabelImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * labelme: one JSON file for each image. Polygons, rectangles and circles; shapes of the same label
 * and {@code group_id} are parts of one object, as in labelme's own converter.
 */
final class LabelmeFiles implements Converter {
  private record Key(String label, String group) {}

  @Override
  public String name() {
    return "labelme";
  }

  @Override
  public String input() {
    return "folder of labelme's JSON files, or one";
  }

  @Override
  public Labels read(Request request, Consumer<String> defects) {
    Path input = request.input();
    List<LabelledImage> out = new ArrayList<>();
    for (Path file : Json.files(input, ".json")) {
      try {
        out.add(image(input, file, defects));
      } catch (ConvertException e) {
        if (file.equals(input)) {
          throw e;
        }
        defects.accept(e.getMessage());
      }
    }
    return new Labels(out, List.of());
  }

  private static LabelledImage image(Path input, Path file, Consumer<String> defects) {
    JsonNode root = Json.read(file);
    String path = root.path("imagePath").asText("").replace('\\', '/');
    if (path.isEmpty() || !root.path("shapes").isArray()) {
      throw new ConvertException(file + ": is no file of labelme, which has imagePath and shapes");
    }
    Optional<ImageSize> given =
        Json.size(file, root.path("imageWidth"), root.path("imageHeight"), Integer.MAX_VALUE);
    ImageSize size = given.orElseGet(() -> sizeOfImage(file, root, path));
    Map<Key, List<double[]>> objects = new LinkedHashMap<>();
    int number = 0;
    for (JsonNode shape : root.path("shapes")) {
      try {
        String group = shape.path("group_id").asText("null");
        Key key =
            new Key(label(shape), group.equals("null") ? "shape " + number : "group " + group);
        List<double[]> parts = parts(shape, size);
        parts.forEach(part -> Conversion.requireInside(part, size));
        objects.computeIfAbsent(key, k -> new ArrayList<>()).addAll(parts);
      } catch (BadShapeException e) {
        defects.accept("%s: shape %s: %s".formatted(file, number, e.getMessage()));
      }
      number++;
    }
    List<Outline> outlines = new ArrayList<>();
    objects.forEach((key, parts) -> outlines.add(Outline.ofPolygons(key.label, parts, size)));
    return new LabelledImage(fileName(input, file, path), size, outlines);
  }

  /** Files before version 3 do not state it; the image is beside them or inside. */
  private static ImageSize sizeOfImage(Path file, JsonNode root, String path) {
    Path image = Json.path(file, file.toAbsolutePath().getParent(), path);
    String inside = root.path("imageData").asText("");
    try {
      return Files.isRegularFile(image) || inside.isEmpty()
          ? ImageReader.size(image)
          : ImageSize.of(ImageReader.decode(Base64.getMimeDecoder().decode(inside), file + ""));
    } catch (ImageFormatException | IllegalArgumentException e) {
      throw new ConvertException(
          "%s: states no imageWidth and imageHeight, and its image does not tell: %s"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /** Paths in the files are relative to them; in COCO's format to the folder of images. */
  private static String fileName(Path input, Path file, String path) {
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

  private static List<double[]> parts(JsonNode shape, ImageSize size) {
    String type = shape.path("shape_type").asText("polygon");
    return type.equals("mask") ? mask(shape, size) : List.of(part(shape));
  }

  /** Pixels as a PNG of the box between two corners, both inside. */
  private static List<double[]> mask(JsonNode shape, ImageSize size) {
    double[] p = Json.points(shape.path("points"));
    LabelImage mask;
    try {
      byte[] png = Base64.getMimeDecoder().decode(shape.path("mask").asText(""));
      mask = LabelImage.ofColors(png, "its mask");
    } catch (ImageFormatException | IllegalArgumentException e) {
      throw new BadShapeException("its mask is no PNG: " + e.getMessage());
    }
    if (p.length != 4) {
      throw new BadShapeException("a mask has 2 points, got %s".formatted(p.length / 2));
    }
    int left = (int) Math.round(Math.min(p[0], p[2]));
    int top = (int) Math.round(Math.min(p[1], p[3]));
    byte[] pixels = new byte[size.width() * size.height()];
    for (int y = Math.max(0, -top); y < mask.height() && top + y < size.height(); y++) {
      for (int x = Math.max(0, -left); x < mask.width() && left + x < size.width(); x++) {
        if (mask.labels()[y * mask.width() + x] != 0) {
          pixels[(top + y) * size.width() + left + x] = 1;
        }
      }
    }
    List<double[]> parts = MaskTracer.trace(pixels, size.height(), size.width());
    if (parts.isEmpty()) {
      throw new BadShapeException("its mask covers no pixel of the image");
    }
    return parts;
  }

  private static double[] part(JsonNode shape) {
    String type = shape.path("shape_type").asText("polygon"); // old files have polygons only
    double[] p = Json.points(shape.path("points"));
    if (type.equals("polygon")) {
      return Shapes.polygon(p);
    }
    if (type.equals("linestrip")) {
      return Shapes.closed(Shapes.polygon(p), type);
    }
    if (!type.equals("rectangle") && !type.equals("circle")) {
      throw new BadShapeException(
          "a %s encloses nothing; polygon, rectangle, circle and mask are read".formatted(type));
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
