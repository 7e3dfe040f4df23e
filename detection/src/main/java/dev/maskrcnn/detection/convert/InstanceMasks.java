package dev.maskrcnn.detection.convert;

import dev.maskrcnn.detection.coco.Rle;
import dev.maskrcnn.detection.image.ImageFormatException;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.LabelImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Masks as images. Either a folder for each image with {@code images/} and {@code masks/}, a PNG
 * for each object, as in the Data Science Bowl of 2018; or one PNG for each image, whose values or
 * colours number the objects, 0 or black being background.
 */
final class InstanceMasks implements Converter {
  private static final Choice CATEGORY =
      new Choice("--category", "NAME", "the category of all objects; default: object");
  private static final String MASKS = "masks";
  private static final int MOST_OBJECTS = 10_000;

  @Override
  public String name() {
    return "masks";
  }

  @Override
  public String input() {
    return "folder of PNGs whose values number the objects, or of folders with images/ and masks/";
  }

  @Override
  public List<Choice> choices() {
    return List.of(CATEGORY);
  }

  @Override
  public Labels read(Request request, Consumer<String> defects) {
    String category =
        request
            .choice(CATEGORY.name())
            .orElse(request.categories().isEmpty() ? "object" : request.categories().get(0));
    List<LabelledImage> images = new ArrayList<>();
    Map<Path, List<Path>> folders =
        Json.files(request.input(), ".png").stream()
            .filter(f -> f.toAbsolutePath().getParent().endsWith(MASKS))
            .collect(Collectors.groupingBy(Path::getParent, TreeMap::new, Collectors.toList()));
    if (folders.isEmpty()) {
      for (Path file : Json.files(request.input(), ".png")) {
        attempt(defects, () -> images.add(numbered(request, file, category)));
      }
    }
    folders.forEach(
        (folder, masks) ->
            attempt(defects, () -> images.add(separate(request, folder, masks, category))));
    return new Labels(images, List.of());
  }

  private static void attempt(Consumer<String> defects, Runnable reading) {
    try {
      reading.run();
    } catch (ImageFormatException | BadShapeException e) {
      defects.accept(e.getMessage());
    }
  }

  private static LabelledImage separate(
      Request request, Path folder, List<Path> masks, String category) {
    Path image = only(folder.resolveSibling("images"));
    ImageSize size = ImageReader.size(image);
    List<Outline> outlines = new ArrayList<>();
    for (Path mask : masks) {
      LabelImage labels = LabelImage.ofColors(mask);
      requireSize(labels, size, mask);
      byte[] any = new byte[labels.labels().length];
      for (int i = 0; i < any.length; i++) {
        any[i] = (byte) (labels.labels()[i] == 0 ? 0 : 1);
      }
      Rle rle = Rle.encode(any, size.height(), size.width());
      if (rle.area() > 0) {
        outlines.add(Outline.ofMask(category, rle, false));
      }
    }
    String name = request.images().orElse(request.input()).relativize(image).toString();
    return new LabelledImage(name.replace('\\', '/'), size, outlines);
  }

  private static Path only(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.filter(Files::isRegularFile).sorted().toList();
      if (all.size() == 1) {
        return all.get(0);
      }
      throw new BadShapeException(
          "%s: holds %s files, expected the image".formatted(folder, all.size()));
    } catch (IOException e) {
      throw new BadShapeException(
          folder + ": is no folder with the image that the masks belong to");
    }
  }

  private static LabelledImage numbered(Request request, Path file, String category) {
    LabelImage labels = LabelImage.ofColors(file);
    Path relative =
        file.equals(request.input()) ? file.getFileName() : request.input().relativize(file);
    String name = relative.toString().replace('\\', '/');
    ImageSize size = new ImageSize(labels.width(), labels.height());
    if (request.images().isPresent()) {
      Path image = imageOf(request.images().get(), name, file);
      requireSize(labels, ImageReader.size(image), file);
      name = request.images().get().relativize(image).toString().replace('\\', '/');
    }
    List<Outline> outlines = new ArrayList<>();
    instances(labels, file).forEach(mask -> outlines.add(Outline.ofMask(category, mask, false)));
    return new LabelledImage(name, size, outlines);
  }

  /** The masks of all labels but 0, in the order of the labels. */
  private static List<Rle> instances(LabelImage image, Path file) {
    int height = image.height();
    // Of each label, lengths without and with it in turn, down the columns, and where they end.
    Map<Integer, List<Integer>> runs = new TreeMap<>();
    Map<Integer, Integer> ends = new TreeMap<>();
    int pixels = height * image.width();
    for (int at = 0; at < pixels; at++) {
      int label = image.labels()[at % height * image.width() + at / height];
      if (label == 0) {
        continue;
      }
      List<Integer> counts = runs.computeIfAbsent(label, l -> new ArrayList<>());
      int end = ends.getOrDefault(label, 0);
      if (!counts.isEmpty() && end == at) {
        counts.set(counts.size() - 1, counts.get(counts.size() - 1) + 1);
      } else {
        counts.add(at - end);
        counts.add(1);
      }
      ends.put(label, at + 1);
    }
    if (runs.size() > MOST_OBJECTS) {
      throw new BadShapeException(
          "%s: has %s values, expected at most %s objects; is it a photo?"
              .formatted(file, runs.size(), MOST_OBJECTS));
    }
    List<Rle> out = new ArrayList<>();
    runs.forEach(
        (label, counts) -> {
          counts.add(pixels - ends.get(label));
          int[] all = counts.stream().mapToInt(Integer::intValue).toArray();
          out.add(new Rle(height, image.width(), all));
        });
    return out;
  }

  /** The image of the mask's name, whatever its ending. */
  private static Path imageOf(Path folder, String name, Path mask) {
    String stem = name.replaceFirst("\\.[^./]*$", "");
    for (String ending : List.of(".jpg", ".png", ".jpeg", ".bmp", ".gif", ".JPG", ".PNG")) {
      Path image = folder.resolve(stem + ending);
      if (Files.isRegularFile(image)) {
        return image;
      }
    }
    throw new BadShapeException("%s: no image %s.* in %s".formatted(mask, stem, folder));
  }

  private static void requireSize(LabelImage labels, ImageSize size, Path mask) {
    if (labels.width() != size.width() || labels.height() != size.height()) {
      throw new BadShapeException(
          "%s: is of %sx%s pixels, its image of %sx%s"
              .formatted(mask, labels.width(), labels.height(), size.width(), size.height()));
    }
  }
}
