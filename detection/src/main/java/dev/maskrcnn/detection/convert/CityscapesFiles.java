package dev.maskrcnn.detection.convert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.coco.Rle;
import dev.maskrcnn.detection.image.ImageSize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Cityscapes: {@code *_gtFine_polygons.json} (or {@code gtCoarse}). The eight classes with
 * instances become categories 1 to 8; groups of them ({@code cargroup}) become crowds. The polygons
 * of a file are painted one over the other in its order, so of each object remains what none behind
 * it in the list covers, whatever class that has.
 */
final class CityscapesFiles implements Converter {
  private static final List<String> CLASSES =
      List.of("person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle");
  private static final String GROUP = "group";

  /** Objects are painted pixel by pixel; the data set's images have 2 million. */
  private static final long MOST_PIXELS = 1 << 26;

  @Override
  public String name() {
    return "cityscapes";
  }

  @Override
  public String input() {
    return "folder of the polygon files";
  }

  @Override
  public Labels read(Request request, Consumer<String> defects) {
    Path input = request.input();
    List<LabelledImage> out = new ArrayList<>();
    for (Path file : Json.files(input, "_polygons.json")) {
      JsonNode root = Json.read(file);
      Optional<ImageSize> given =
          Json.size(file, root.path("imgWidth"), root.path("imgHeight"), MOST_PIXELS);
      if (given.isEmpty() || !root.path("objects").isArray()) {
        throw new ConvertException(
            file + ": is no file of Cityscapes, which has imgWidth, imgHeight and objects");
      }
      ImageSize size = given.get();
      List<Outline> outlines = visible(root.path("objects"), size, file + ": object ", defects);
      out.add(new LabelledImage(fileName(input, file), size, outlines));
    }
    return new Labels(out, CLASSES);
  }

  private List<Outline> visible(
      JsonNode objects, ImageSize size, String where, Consumer<String> defects) {
    boolean[] covered = new boolean[size.width() * size.height()];
    List<Outline> out = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    for (int i = objects.size() - 1; i >= 0; i--) {
      JsonNode object = objects.get(i);
      try {
        if (object.path("deleted").asInt(0) == 0) {
          paint(object, size, covered, out);
        }
      } catch (BadShapeException e) {
        wrong.add(where + i + ": " + e.getMessage());
      }
    }
    Collections.reverse(wrong);
    wrong.forEach(defects);
    Collections.reverse(out);
    return out;
  }

  private static void paint(JsonNode object, ImageSize size, boolean[] covered, List<Outline> out) {
    double[] polygon = Shapes.polygon(Json.points(object.path("polygon")));
    byte[] pixels = Rle.fromPolygon(polygon, size.height(), size.width()).decode();
    boolean any = false;
    for (int i = 0; i < pixels.length; i++) {
      if (pixels[i] != 0 && covered[i]) {
        pixels[i] = 0;
      } else if (pixels[i] != 0) {
        covered[i] = true;
        any = true;
      }
    }
    String label = object.path("label").asText("");
    boolean group = label.endsWith(GROUP);
    String name = group ? label.substring(0, label.length() - GROUP.length()) : label;
    if (any && CLASSES.contains(name)) {
      out.add(Outline.ofMask(name, Rle.encode(pixels, size.height(), size.width()), group));
    }
  }

  /** {@code CITY/NAME_leftImg8bit.png}, as the images lie below their own folder. */
  private static String fileName(Path input, Path file) {
    Path relative = file.equals(input) ? file.getFileName() : input.relativize(file);
    return relative
        .toString()
        .replace('\\', '/')
        .replaceFirst("_gt(Fine|Coarse)_polygons\\.json$", "_leftImg8bit.png");
  }
}
