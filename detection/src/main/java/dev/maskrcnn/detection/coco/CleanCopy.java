package dev.maskrcnn.detection.coco;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/**
 * A sound copy of an annotation file: in it {@link AnnotationDefects} finds nothing.
 *
 * <p>What can be told from the rest is put right (a box from its outline, an area from the mask,
 * what leaves the image is clipped); what cannot is left out. Each change is one line.
 */
public final class CleanCopy {
  private final Path file;
  private final Set<String> changes = new LinkedHashSet<>();

  private CleanCopy(Path file) {
    this.file = file;
  }

  /**
   * A copy and what was changed in it.
   *
   * @param set what remains
   * @param changes one line for each, with image and annotation as far as known
   */
  public record Result(CocoDataset set, List<String> changes) {}

  /**
   * Reads a file and leaves out or repairs what is wrong.
   *
   * @param annotations the JSON file
   * @param imageProblem why an image cannot be used, null if it can; one that is left out takes its
   *     objects with it
   * @throws CocoFormatException if it is missing or no JSON
   */
  public static Result of(Path annotations, Function<CocoImage, String> imageProblem) {
    return new CleanCopy(annotations).read(imageProblem);
  }

  private Result read(Function<CocoImage, String> imageProblem) {
    AnnotationReader read = AnnotationReader.read(file, new Sink());
    List<CocoImage> images = new ArrayList<>();
    Set<Long> gone = new LinkedHashSet<>();
    for (CocoImage image : read.images()) {
      String problem = imageProblem.apply(image);
      if (problem == null) {
        images.add(image);
      } else {
        gone.add(image.id());
        change(
            OptionalLong.of(image.id()),
            OptionalLong.empty(),
            problem + ": left out with its objects");
      }
    }
    List<CocoAnnotation> annotations = new ArrayList<>();
    ObjectCheck check = ObjectCheck.of(read.annotations());
    for (CocoAnnotation annotation : read.annotations()) {
      if (!gone.contains(annotation.imageId())) {
        CocoAnnotation clean = clean(annotation, read.image(annotation.imageId()), check);
        if (clean != null) {
          annotations.add(clean);
        }
      }
    }
    CocoDataset set = CocoDataset.of(images, annotations, read.categories(), Path.of(""));
    return new Result(set, List.copyOf(changes));
  }

  /** All that the reader finds is left out or repaired by it. */
  private final class Sink implements ProblemSink {
    @Override
    public void add(OptionalLong image, OptionalLong annotation, String message) {
      change(image, annotation, message + ": left out");
    }

    @Override
    public void repaired(
        Repair repair, OptionalLong image, OptionalLong annotation, String message) {
      change(image, annotation, repair.text);
    }
  }

  private void change(OptionalLong image, OptionalLong annotation, String text) {
    changes.add(CocoDataset.describe(file, image, annotation) + text);
  }

  /** The annotation, repaired if need be; null if it cannot be. */
  private CocoAnnotation clean(CocoAnnotation a, CocoImage image, ObjectCheck check) {
    List<String> problems = check.problems(a, image);
    if (problems.isEmpty()) {
      return a;
    }
    OptionalLong imageId = OptionalLong.of(a.imageId());
    OptionalLong id = OptionalLong.of(a.id());
    CocoAnnotation repaired = repaired(a, image);
    List<String> rest = check.problems(repaired, image);
    if (rest.isEmpty()) {
      problems.forEach(problem -> change(imageId, id, problem + ": repaired"));
      return repaired;
    }
    rest.forEach(problem -> change(imageId, id, problem + ": left out"));
    return null;
  }

  /** The outline inside of the image and, where they do not fit it, box and area of the outline. */
  private static CocoAnnotation repaired(CocoAnnotation a, CocoImage image) {
    Segmentation outline = a.segmentation();
    if (outline instanceof Polygons polygons) {
      List<double[]> parts = new ArrayList<>();
      for (double[] part : polygons.parts()) {
        parts.addAll(sound(part, image));
      }
      outline = parts.isEmpty() ? new NoSegmentation() : new Polygons(parts);
    }
    double right = Math.min(a.bbox()[0] + a.bbox()[2], image.width());
    double bottom = Math.min(a.bbox()[1] + a.bbox()[3], image.height());
    double x = Math.max(0, Math.min(a.bbox()[0], right));
    double y = Math.max(0, Math.min(a.bbox()[1], bottom));
    double[] box = {x, y, Math.max(0, right - x), Math.max(0, bottom - y)};
    CocoAnnotation clipped = with(a, box, a.area(), outline);
    if (!TrainingRule.hasOutline(clipped)) {
      return with(clipped, box, box[2] * box[3], outline);
    }
    CocoAnnotation drawn = with(clipped, box, (double) clipped.mask(image).area(), outline);
    return ObjectCheck.of(List.of(drawn)).problems(drawn, image).isEmpty()
        ? drawn
        : with(drawn, ObjectCheck.outlineBox(drawn, image), drawn.area(), outline);
  }

  /** A polygon without what is outside of the image; one that crosses itself is traced anew. */
  private static List<double[]> sound(double[] part, CocoImage image) {
    Rle drawn = Rle.fromPolygon(part, image.height(), image.width());
    if (drawn.area() == 0) {
      return List.of();
    }
    boolean inside = !DatasetWarnings.leaves(new Polygons(List.of(part)), image);
    return inside && Polygons.area(part) > 0 ? List.of(part) : MaskTracer.trace(drawn);
  }

  private static CocoAnnotation with(
      CocoAnnotation a, double[] bbox, double area, Segmentation outline) {
    return new CocoAnnotation(a.id(), a.imageId(), a.categoryId(), bbox, area, a.crowd(), outline);
  }
}
