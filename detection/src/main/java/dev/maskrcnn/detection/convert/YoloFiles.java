package dev.maskrcnn.detection.convert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.maskrcnn.detection.coco.NoSegmentation;
import dev.maskrcnn.detection.image.ImageFormatException;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * YOLO's text files: a line for each object, {@code class x y width height} with the centre of the
 * box, or {@code class x y x y …} with the corners of a polygon, all as fractions of the image. The
 * names of the classes are in {@code data.yaml} or {@code classes.txt}.
 *
 * <p>Labels lie in the folder of the images, or in {@code labels/} where the images are in {@code
 * images/}. Images without a file of labels have no objects.
 */
final class YoloFiles implements Converter {
  private static final Choice SPLIT =
      new Choice("--split", "NAME", "part of data.yaml: train, val or test; default: train");
  private static final List<String> IMAGE_ENDINGS =
      List.of(".jpg", ".jpeg", ".png", ".bmp", ".gif");

  @Override
  public String name() {
    return "yolo";
  }

  @Override
  public String input() {
    return "data.yaml, or the folder of the images or of their labels";
  }

  @Override
  public List<Choice> choices() {
    return List.of(SPLIT);
  }

  @Override
  public Labels read(Request request, Consumer<String> defects) {
    Path input = request.input();
    boolean yaml = input.toString().matches(".*\\.ya?ml");
    Path folder = yaml ? fromYaml(request) : request.images().orElse(input);
    List<String> names = request.categories().isEmpty() ? names(input) : request.categories();
    Path images = withImages(folder, input);
    List<LabelledImage> out = new ArrayList<>();
    for (Path image : images(images)) {
      try {
        out.add(image(images, image, labels(request, images, image), names, defects));
      } catch (ImageFormatException e) {
        defects.accept(e.getMessage());
      }
    }
    return new Labels(out, names);
  }

  /** The folder of images of a split. */
  private static Path fromYaml(Request request) {
    if (request.images().isPresent()) {
      return request.images().get();
    }
    String split = request.choice(SPLIT.name()).orElse("train");
    JsonNode root = yaml(request.input());
    JsonNode value = root.path(split);
    String named = (value.isArray() ? value.path(0) : value).asText("");
    if (named.isBlank()) {
      throw new ConvertException("%s: has no \"%s\"".formatted(request.input(), split));
    }
    Path own = request.input().toAbsolutePath().getParent();
    Path base = Json.path(request.input(), own, root.path("path").asText(""));
    for (Path from : List.of(Files.isDirectory(base) ? base : own, own)) {
      // Exports of Roboflow start from a folder that is not there.
      for (String path : List.of(named, named.replaceFirst("^(\\.\\./)+", ""))) {
        Path folder = Json.path(request.input(), from, path);
        if (Files.isDirectory(folder)) {
          return folder;
        }
      }
    }
    throw new ConvertException(
        "%s: the folder of \"%s\", %s, does not exist; name it with --images"
            .formatted(request.input(), split, named));
  }

  /** Where the images are, if a folder of labels was named. */
  private static Path withImages(Path folder, Path input) {
    Path images = inPlaceOf(folder, "labels", "images");
    Path chosen = Files.isDirectory(folder.resolve("images")) ? folder.resolve("images") : folder;
    if (images(chosen).isEmpty() && !images.equals(folder) && Files.isDirectory(images)) {
      chosen = images;
    }
    if (!Files.isDirectory(chosen) || images(chosen).isEmpty()) {
      throw new ConvertException(
          "%s: no images in %s; name their folder with --images".formatted(input, chosen));
    }
    return chosen;
  }

  /** The same path with the last folder of one name replaced by another. */
  private static Path inPlaceOf(Path path, String one, String other) {
    Path absolute = path.toAbsolutePath().normalize();
    for (int i = absolute.getNameCount() - 1; i >= 0; i--) {
      if (absolute.getName(i).toString().equals(one)) {
        Path start =
            i == 0 ? absolute.getRoot() : absolute.getRoot().resolve(absolute.subpath(0, i));
        Path out = start.resolve(other);
        return i == absolute.getNameCount() - 1
            ? out
            : out.resolve(absolute.subpath(i + 1, absolute.getNameCount()));
      }
    }
    return path;
  }

  private static List<Path> images(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).filter(YoloFiles::isImage).sorted().toList();
    } catch (IOException e) {
      throw new ConvertException(folder + ": cannot be read, " + FileFailure.reason(e), e);
    }
  }

  private static boolean isImage(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return IMAGE_ENDINGS.stream().anyMatch(name::endsWith);
  }

  /** The file of an image's labels, whether it exists or not. */
  private static Path labels(Request request, Path images, Path image) {
    String name = image.getFileName().toString().replaceFirst("\\.[^.]*$", ".txt");
    Path beside = image.resolveSibling(name);
    Path input = request.input();
    Path relative = images.relativize(beside);
    for (Path file :
        List.of(beside, inPlaceOf(beside, "images", "labels"), input.resolve(relative))) {
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    return beside;
  }

  private static LabelledImage image(
      Path folder, Path image, Path labels, List<String> names, Consumer<String> defects) {
    ImageSize size = ImageReader.size(image);
    List<Outline> outlines = new ArrayList<>();
    if (Files.isRegularFile(labels)) {
      List<String> lines = lines(labels);
      for (int i = 0; i < lines.size(); i++) {
        if (!lines.get(i).isBlank()) {
          try {
            outlines.add(outline(lines.get(i).strip(), size, names));
          } catch (BadShapeException e) {
            defects.accept("%s: line %s: %s".formatted(labels, i + 1, e.getMessage()));
          }
        }
      }
    }
    String name = folder.relativize(image).toString().replace('\\', '/');
    return new LabelledImage(name, size, outlines);
  }

  static Outline outline(String line, ImageSize size, List<String> names) {
    String[] words = line.split("\\s+");
    double[] values = new double[Math.max(0, words.length - 1)];
    int label;
    try {
      label = words.length == 0 ? -1 : Integer.parseInt(words[0]);
      for (int i = 0; i < values.length; i++) {
        values[i] = Double.parseDouble(words[i + 1]) * (i % 2 == 0 ? size.width() : size.height());
      }
    } catch (NumberFormatException e) {
      throw new BadShapeException("is no list of numbers");
    }
    if (label < 0 || !names.isEmpty() && label >= names.size()) {
      throw new BadShapeException(
          "class %s, but %s classes have names".formatted(label, names.size()));
    }
    String name = names.isEmpty() ? "class " + label : names.get(label);
    Shapes.finite(values);
    // A score follows the box in files of predictions.
    if (values.length == 4 || values.length == 5) {
      return box(name, values, size);
    }
    if (values.length < 6 || values.length % 2 == 1) {
      throw new BadShapeException(
          "%s numbers after the class, expected 4 of a box or 6 and more of a polygon"
              .formatted(values.length));
    }
    double[] polygon = Shapes.polygon(values);
    Conversion.requireInside(polygon, size);
    return Outline.ofPolygons(name, List.of(polygon), size);
  }

  private static Outline box(String name, double[] v, ImageSize size) {
    double left = Math.max(0, v[0] - v[2] / 2);
    double top = Math.max(0, v[1] - v[3] / 2);
    double right = Math.min(size.width(), v[0] + v[2] / 2);
    double bottom = Math.min(size.height(), v[1] + v[3] / 2);
    if (!(right > left && bottom > top)) {
      throw new BadShapeException("the box covers nothing of the image");
    }
    double[] box = {left, top, right - left, bottom - top};
    return new Outline(name, new NoSegmentation(), box, box[2] * box[3], false);
  }

  private static List<String> names(Path input) {
    boolean file = Files.isRegularFile(input);
    Path folder = file ? input : input.toAbsolutePath();
    for (Path at = folder; at != null && at.getNameCount() + 2 >= folder.getNameCount(); ) {
      for (String name : List.of("data.yaml", "data.yml", "dataset.yaml", "classes.txt")) {
        Path candidate = file ? input : at.resolve(name);
        if (Files.isRegularFile(candidate)) {
          return candidate.toString().endsWith(".txt")
              ? lines(candidate).stream().map(String::strip).filter(n -> !n.isEmpty()).toList()
              : namesOf(candidate);
        }
      }
      at = file ? null : at.getParent();
    }
    return List.of();
  }

  /** A list, or numbers and names. */
  private static List<String> namesOf(Path file) {
    List<String> out = new ArrayList<>();
    JsonNode names = yaml(file).path("names");
    for (int i = 0; i < names.size(); i++) {
      JsonNode name = names.isArray() ? names.get(i) : names.path(Integer.toString(i));
      out.add(Optional.of(name.asText("")).filter(n -> !n.isBlank()).orElse("class " + i));
    }
    return out;
  }

  private static JsonNode yaml(Path file) {
    try {
      JsonNode root = new ObjectMapper(new YAMLFactory()).readTree(String.join("\n", lines(file)));
      return root == null ? new ObjectMapper().createObjectNode() : root;
    } catch (IOException | RuntimeException e) {
      throw new ConvertException(
          "%s: is not YAML: %s"
              .formatted(file, ("" + e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (MalformedInputException e) {
      throw new ConvertException(file + ": is not text in UTF-8", e);
    } catch (IOException e) {
      throw new ConvertException(file + ": cannot be read, " + FileFailure.reason(e), e);
    }
  }
}
