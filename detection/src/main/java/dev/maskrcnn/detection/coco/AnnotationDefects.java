package dev.maskrcnn.detection.coco;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** Lists everything that is wrong with an annotation file. */
public final class AnnotationDefects {
  private AnnotationDefects() {}

  /**
   * One thing that is wrong.
   *
   * @param file the annotation file
   * @param imageId the image concerned, if any
   * @param annotationId the annotation concerned, if any
   * @param message what is wrong
   */
  public record Defect(
      String file, OptionalLong imageId, OptionalLong annotationId, String message) {}

  /**
   * Checks a file to its end.
   *
   * @param annotations the JSON file
   * @param imageFolder where the image files must lie, or null not to look for them
   */
  public static List<Defect> check(Path annotations, Path imageFolder) {
    throw new UnsupportedOperationException();
  }
}
