package dev.maskrcnn.detection.convert;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoFile;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.image.ImageSize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Makes a file in COCO's format of annotations in another. */
public final class Conversion {
  /** All formats that are read. */
  public static final List<Converter> CONVERTERS =
      List.of(
          new LabelmeFiles(),
          new ViaProject(),
          new VocFolder(),
          new CityscapesFiles(),
          new InstanceMasks(),
          new YoloFiles());

  /** What labelme calls shapes and pixels that are of no category. */
  private static final Set<String> NOT_CATEGORIES = Set.of("__ignore__", "_background_");

  /**
   * What came of it.
   *
   * @param images count
   * @param objects count
   * @param categories count
   * @param defects a line for each shape or file that was left out
   */
  public record Result(int images, int objects, int categories, List<String> defects) {}

  private Conversion() {}

  /**
   * Converts.
   *
   * @param output file to write
   * @throws ConvertException if the input is missing or not of the format, or holds no object that
   *     can be converted; nothing is written then
   * @throws dev.maskrcnn.detection.voc.VocFormatException the same, for VOC
   * @throws dev.maskrcnn.tensor.io.TensorFileException if the output cannot be written
   */
  public static Result run(Converter converter, Converter.Request request, Path output) {
    if (!Files.exists(request.input())) {
      throw new ConvertException(request.input() + ": does not exist");
    }
    List<String> defects = new ArrayList<>();
    Converter.Labels read = converter.read(request, defects::add);
    CocoDataset set = assemble(read, request.categories(), defects);
    if (set.annotationCount() == 0) {
      throw new ConvertException(
          "%s: 0 objects converted, from %s images%s; nothing was written"
              .formatted(
                  request.input(),
                  set.images().size(),
                  defects.isEmpty()
                      ? ""
                      : "; %s were left out, first %s".formatted(defects.size(), defects.get(0))));
    }
    CocoFile.write(output, set);
    return new Result(set.images().size(), set.annotationCount(), set.categories().size(), defects);
  }

  private static CocoDataset assemble(
      Converter.Labels labels, List<String> fixed, List<String> defects) {
    List<LabelledImage> read = new ArrayList<>(labels.images());
    read.sort(Comparator.comparing(LabelledImage::fileName));
    requireDistinct(read);
    List<String> names = new ArrayList<>(fixed.isEmpty() ? labels.categories() : fixed);
    names.removeAll(NOT_CATEGORIES);
    if (names.isEmpty()) {
      read.stream()
          .flatMap(image -> image.outlines().stream())
          .map(Outline::label)
          .filter(label -> !NOT_CATEGORIES.contains(label))
          .distinct()
          .sorted()
          .forEach(names::add);
    }
    List<CocoImage> images = new ArrayList<>();
    List<CocoAnnotation> annotations = new ArrayList<>();
    for (LabelledImage one : read) {
      long image = images.size() + 1L;
      images.add(new CocoImage(image, one.fileName(), one.size().width(), one.size().height()));
      for (Outline o : one.outlines()) {
        int category = names.indexOf(o.label()) + 1;
        if (category == 0) {
          defects.add(notListed(one.fileName(), o.label()));
          continue;
        }
        long id = annotations.size() + 1L;
        annotations.add(
            new CocoAnnotation(
                id, image, category, o.bbox(), o.area(), o.crowd(), o.segmentation()));
      }
    }
    List<CocoCategory> categories = new ArrayList<>();
    names.forEach(name -> categories.add(new CocoCategory(categories.size() + 1, name, "")));
    return CocoDataset.of(images, annotations, categories, Path.of(""));
  }

  private static String notListed(String image, String label) {
    return NOT_CATEGORIES.contains(label)
        ? "%s: an object is labelled %s".formatted(image, label)
        : "%s: an object is labelled %s, which is not in the list of categories"
            .formatted(image, label);
  }

  private static void requireDistinct(List<LabelledImage> images) {
    Set<String> seen = new HashSet<>();
    for (LabelledImage image : images) {
      if (!seen.add(image.fileName())) {
        throw new ConvertException(
            "%s: two annotation files are of this image; keep one".formatted(image.fileName()));
      }
    }
  }

  /**
   * Refuses a polygon that shows nothing inside of the image.
   *
   * @throws BadShapeException if no pixel of it is inside
   */
  static void requireInside(double[] polygon, ImageSize size) {
    Outline outline = Outline.ofPolygons("", List.of(polygon), size);
    if (outline.area() == 0) {
      throw new BadShapeException(
          "covers no pixel of the image of %sx%s".formatted(size.width(), size.height()));
    }
  }
}
