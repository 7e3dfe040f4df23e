package dev.maskrcnn.detection.convert;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoFile;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.voc.VocDataset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes a file in COCO's format of annotations in another. */
public final class Conversion {
  /** Formats that are read. */
  public enum Format {
    /** A folder of labelme's JSON files. */
    LABELME,
    /** A JSON file of VGG Image Annotator 2. */
    VIA,
    /** A folder of Pascal VOC. */
    VOC,
    /** A folder of Cityscapes' polygon files. */
    CITYSCAPES
  }

  /**
   * What to convert.
   *
   * @param format of the input
   * @param input folder or file
   * @param images folder of the images, for VIA; that of the input if empty
   * @param attribute of VIA's regions that is the category; needed if there are several
   * @param split of VOC, {@code trainval} say
   * @param masks VOC's instance masks, instead of all images with boxes
   */
  public record Request(
      Format format,
      Path input,
      Optional<Path> images,
      Optional<String> attribute,
      Optional<String> split,
      boolean masks) {}

  /**
   * What came of it.
   *
   * @param images count
   * @param objects count
   * @param categories count
   * @param defects a line for each shape that was left out
   */
  public record Result(int images, int objects, int categories, List<String> defects) {}

  private Conversion() {}

  /**
   * Converts.
   *
   * @param output file to write
   * @throws ConvertException if the input is missing or not of the format; nothing is written then
   * @throws dev.maskrcnn.detection.voc.VocFormatException the same, for VOC
   * @throws dev.maskrcnn.tensor.io.TensorFileException if the output cannot be written
   */
  public static Result run(Request request, Path output) {
    if (!Files.exists(request.input)) {
      throw new ConvertException(request.input + ": does not exist");
    }
    List<String> defects = new ArrayList<>();
    CocoDataset set =
        switch (request.format) {
          case VOC -> voc(request);
          case LABELME -> assemble(new LabelmeFiles(request.input), defects);
          case CITYSCAPES -> assemble(new CityscapesFiles(request.input), defects);
          case VIA -> {
            Path own = request.input.toAbsolutePath().getParent();
            Path images = request.images.orElse(own);
            yield assemble(new ViaProject(request.input, images, request.attribute), defects);
          }
        };
    CocoFile.write(output, set);
    return new Result(set.images().size(), set.annotationCount(), set.categories().size(), defects);
  }

  /** Difficult objects become crowds, which are not trained on and not counted either. */
  private static CocoDataset voc(Request request) {
    String split = request.split.orElse("trainval");
    VocDataset read =
        VocDataset.load(request.input, split, new VocDataset.Need(request.masks, true));
    CocoDataset set = read.images();
    List<CocoAnnotation> all = new ArrayList<>();
    for (CocoImage image : set.images()) {
      for (CocoAnnotation a : set.annotationsOf(image.id())) {
        boolean crowd = read.difficult().contains(a.id());
        all.add(
            new CocoAnnotation(
                a.id(), a.imageId(), a.categoryId(), a.bbox(), a.area(), crowd, a.segmentation()));
      }
    }
    return CocoDataset.of(set.images(), all, set.categories(), request.input);
  }

  private static CocoDataset assemble(ShapeSource source, List<String> defects) {
    List<LabelledImage> read = new ArrayList<>(source.read(defects::add));
    read.sort(Comparator.comparing(LabelledImage::fileName));
    requireDistinct(read);
    List<String> names = new ArrayList<>(source.categories());
    if (names.isEmpty()) {
      read.stream()
          .flatMap(image -> image.outlines().stream())
          .map(Outline::label)
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
        long id = annotations.size() + 1L;
        int category = names.indexOf(o.label()) + 1;
        annotations.add(
            new CocoAnnotation(
                id, image, category, o.bbox(), o.area(), o.crowd(), o.segmentation()));
      }
    }
    List<CocoCategory> categories = new ArrayList<>();
    names.forEach(name -> categories.add(new CocoCategory(categories.size() + 1, name, "")));
    return CocoDataset.of(images, annotations, categories, Path.of(""));
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
