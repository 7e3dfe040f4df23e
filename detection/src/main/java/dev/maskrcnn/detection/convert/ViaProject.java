package dev.maskrcnn.detection.convert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.image.ImageFormatException;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.ImageSize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * VGG Image Annotator, version 2: a saved project or exported annotations, one JSON file for all
 * images. Polygons, rectangles, circles and ellipses. The file has no sizes of images, so these are
 * read from the images.
 */
final class ViaProject implements Converter {
  private static final Choice ATTRIBUTE =
      new Choice("--attribute", "NAME", "the attribute of regions that is the category");
  private static final Choice CATEGORY =
      new Choice("--category", "NAME", "the category of regions without attributes");

  @Override
  public String name() {
    return "via";
  }

  @Override
  public String input() {
    return "JSON file of the project or of its export";
  }

  @Override
  public List<Choice> choices() {
    return List.of(ATTRIBUTE, CATEGORY);
  }

  @Override
  public Labels read(Request request, Consumer<String> defects) {
    Path file = request.input();
    JsonNode root = Json.read(file);
    JsonNode all = root.has("_via_img_metadata") ? root.path("_via_img_metadata") : root;
    List<LabelledImage> out = new ArrayList<>();
    for (JsonNode image : all) {
      if (!image.path("filename").isTextual()) {
        throw new ConvertException(
            file + ": is no project or export of VGG Image Annotator 2, no filename in an entry");
      }
      out.add(image(request, image, defects));
    }
    return new Labels(out, List.of());
  }

  private static LabelledImage image(Request request, JsonNode image, Consumer<String> defects) {
    Path file = request.input();
    Path images = request.images().orElse(file.toAbsolutePath().getParent());
    String name = image.path("filename").asText();
    ImageSize size;
    try {
      size = ImageReader.size(Json.path(file, images, name));
    } catch (ImageFormatException e) {
      throw new ConvertException(
          "%s: %s; the sizes of images are needed, name their folder with --images"
              .formatted(file, e.getMessage()),
          e);
    }
    List<Outline> outlines = new ArrayList<>();
    int number = 0;
    for (JsonNode region : image.path("regions")) {
      try {
        double[] part = part(region.path("shape_attributes"));
        Conversion.requireInside(part, size);
        String label = label(request, region.path("region_attributes"));
        outlines.add(Outline.ofPolygons(label, List.of(part), size));
      } catch (BadShapeException e) {
        defects.accept("%s: %s: region %s: %s".formatted(file, name, number, e.getMessage()));
      }
      number++;
    }
    return new LabelledImage(name, size, outlines);
  }

  private static String label(Request request, JsonNode attributes) {
    Optional<String> attribute = request.choice(ATTRIBUTE.name());
    if (!attributes.isObject() && !attributes.isMissingNode()) {
      throw new BadShapeException("its attributes are no object");
    }
    Optional<String> category = request.choice(CATEGORY.name());
    if (category.isPresent() && attribute.isEmpty()) {
      return category.get();
    }
    if (attribute.isEmpty() && attributes.size() != 1) {
      throw new BadShapeException(
          attributes.isEmpty()
              ? "has no attributes; give the category with --category"
              : "has %s attributes; say with --attribute which is the category"
                  .formatted(attributes.size()));
    }
    String name = attribute.orElseGet(() -> attributes.fieldNames().next());
    JsonNode value = attributes.path(name);
    String label = value.isObject() ? ticked(value) : value.asText("");
    if (label.isBlank()) {
      return category.orElseThrow(
          () -> new BadShapeException("has no value of the attribute " + name));
    }
    return label;
  }

  /** A group of check boxes; one of them must be ticked. */
  private static String ticked(JsonNode boxes) {
    List<String> on = new ArrayList<>();
    for (Iterator<Map.Entry<String, JsonNode>> i = boxes.properties().iterator(); i.hasNext(); ) {
      Map.Entry<String, JsonNode> box = i.next();
      if (box.getValue().asBoolean()) {
        on.add(box.getKey());
      }
    }
    if (on.size() != 1) {
      throw new BadShapeException("is of %s categories, one is possible".formatted(on.size()));
    }
    return on.get(0);
  }

  private static double[] part(JsonNode shape) {
    String type = shape.path("name").asText("");
    switch (type) {
      case "polygon":
        return polygon(shape.path("all_points_x"), shape.path("all_points_y"));
      case "polyline":
        return Shapes.closed(polygon(shape.path("all_points_x"), shape.path("all_points_y")), type);
      case "rect":
        double x = Json.number(shape, "x");
        double y = Json.number(shape, "y");
        return Shapes.rectangle(
            x, y, x + Json.number(shape, "width"), y + Json.number(shape, "height"));
      case "circle":
        double r = Json.number(shape, "r");
        return Shapes.ellipse(
            Json.number(shape, "cx"), Json.number(shape, "cy"), new double[] {r, r}, 0);
      case "ellipse":
        double[] radii = {Json.number(shape, "rx"), Json.number(shape, "ry")};
        double angle = shape.has("theta") ? Json.number(shape, "theta") : 0;
        return Shapes.ellipse(Json.number(shape, "cx"), Json.number(shape, "cy"), radii, angle);
      default:
        throw new BadShapeException(
            "a %s encloses nothing; polygon, rect, circle and ellipse are read".formatted(type));
    }
  }

  private static double[] polygon(JsonNode xs, JsonNode ys) {
    if (!xs.isArray() || xs.size() != ys.size()) {
      throw new BadShapeException("has not as many x as y: %s, %s".formatted(xs.size(), ys.size()));
    }
    double[] out = new double[2 * xs.size()];
    for (int i = 0; i < xs.size(); i++) {
      out[2 * i] = xs.get(i).asDouble(Double.NaN);
      out[2 * i + 1] = ys.get(i).asDouble(Double.NaN);
    }
    return Shapes.polygon(out);
  }
}
