package dev.maskrcnn.detection.coco;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Lists everything that is wrong with an annotation file: what {@link CocoDataset#load} refuses,
 * and what it tolerates but a careful eye should see.
 */
public final class AnnotationDefects {
  private final Path file;
  private final List<Defect> found = new ArrayList<>();

  private AnnotationDefects(Path file) {
    this.file = file;
  }

  /**
   * One thing that is wrong.
   *
   * @param file the annotation file
   * @param imageId the image concerned, if any
   * @param annotationId the annotation concerned, if any
   * @param message what is wrong and what to do
   */
  public record Defect(
      String file, OptionalLong imageId, OptionalLong annotationId, String message) {

    /** One line: file, image, annotation as far as known, and the message. */
    public String line() {
      return CocoDataset.describe(Path.of(file), imageId, annotationId) + message;
    }
  }

  /**
   * What a check has found.
   *
   * @param defects in the order in which they were found; empty for a sound file
   * @param images the sound entries of the list of images
   */
  public record Found(List<Defect> defects, List<CocoImage> images) {}

  /**
   * Checks a file to its end. A file that is missing or no JSON is one defect, too.
   *
   * @param annotations the JSON file
   * @param imageFolder where the image files must lie, or null not to look for them
   */
  public static Found check(Path annotations, Path imageFolder) {
    AnnotationDefects defects = new AnnotationDefects(annotations);
    List<CocoImage> images = List.of();
    try {
      AnnotationReader read = AnnotationReader.read(annotations, defects::add);
      images = read.images();
      ObjectCheck check = ObjectCheck.of(read.annotations());
      for (CocoAnnotation a : read.annotations()) {
        for (String problem : check.problems(a, read.image(a.imageId()))) {
          defects.add(OptionalLong.of(a.imageId()), OptionalLong.of(a.id()), problem);
        }
      }
      defects.checkUse(read, check.rule());
      if (imageFolder != null) {
        defects.checkFiles(images, imageFolder);
      }
    } catch (CocoFormatException e) {
      // Raised by the reader for the file as a whole, whose path its message starts with.
      defects.add(
          OptionalLong.empty(),
          OptionalLong.empty(),
          e.getMessage().replace(annotations + ": ", ""));
    }
    return new Found(List.copyOf(defects.found), List.copyOf(images));
  }

  private void add(OptionalLong image, OptionalLong annotation, String message) {
    found.add(new Defect(file.toString(), image, annotation, message));
  }

  /** What training refuses as a whole. */
  private void checkUse(AnnotationReader read, TrainingRule rule) {
    ProblemSink file = this::add;
    if (read.images().isEmpty() || read.categories().isEmpty()) {
      file.add(
          "has %s sound images and %s sound categories, expected at least one of each"
              .formatted(read.images().size(), read.categories().size()));
    } else if (!read.annotations().isEmpty()) {
      TrainingRule.Count count = rule.count(read.dataset(Path.of("")));
      if (count.used() == 0) {
        file.add(count.text());
      }
    }
  }

  private void checkFiles(List<CocoImage> images, Path imageFolder) {
    for (CocoImage image : images) {
      Path path = imageFolder.resolve(image.fileName());
      if (!Files.isRegularFile(path)) {
        add(
            OptionalLong.of(image.id()),
            OptionalLong.empty(),
            "image file %s does not exist".formatted(path));
      }
    }
  }
}
