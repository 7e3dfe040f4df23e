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
  /** COCO's own areas differ from those of their polygons by up to a tenth. */
  private static final double AREA_TOLERANCE = 0.25;

  /** The areas of COCO's groups are rough. */
  private static final double CROWD_AREA_TOLERANCE = 0.5;

  /** Square pixels; at small objects rounding weighs more. */
  private static final double AREA_SLACK = 16;

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
   * Checks a file to its end. A file that is missing or no JSON is one defect, too.
   *
   * @param annotations the JSON file
   * @param imageFolder where the image files must lie, or null not to look for them
   * @return the defects in the order in which they are found; empty for a sound file
   */
  public static List<Defect> check(Path annotations, Path imageFolder) {
    AnnotationDefects defects = new AnnotationDefects(annotations);
    try {
      AnnotationReader read = AnnotationReader.read(annotations, defects::add);
      for (CocoAnnotation annotation : read.annotations()) {
        defects.checkOddities(annotation, read.image(annotation.imageId()));
      }
      if (imageFolder != null) {
        defects.checkFiles(read.images(), imageFolder);
      }
    } catch (CocoFormatException e) {
      // Raised by the reader for the file as a whole, whose path its message starts with.
      defects.add(
          OptionalLong.empty(),
          OptionalLong.empty(),
          e.getMessage().replace(annotations + ": ", ""));
    }
    return List.copyOf(defects.found);
  }

  private void add(OptionalLong image, OptionalLong annotation, String message) {
    found.add(new Defect(file.toString(), image, annotation, message));
  }

  private void checkOddities(CocoAnnotation a, CocoImage image) {
    OptionalLong imageId = OptionalLong.of(a.imageId());
    OptionalLong id = OptionalLong.of(a.id());
    double[] b = a.bbox();
    if (a.zeroSize()) {
      add(imageId, id, "box has no size (%s x %s)".formatted(plain(b[2]), plain(b[3])));
    }
    double outside = DatasetWarnings.OUTSIDE;
    if (b[0] < -outside
        || b[1] < -outside
        || b[0] + b[2] > image.width() + outside
        || b[1] + b[3] > image.height() + outside) {
      add(
          imageId,
          id,
          "box %s, %s, %s, %s (x, y, width, height) leaves the image of %dx%d (width x height)"
              .formatted(
                  plain(b[0]),
                  plain(b[1]),
                  plain(b[2]),
                  plain(b[3]),
                  image.width(),
                  image.height()));
    }
    if (DatasetWarnings.leaves(a.segmentation(), image)) {
      add(imageId, id, "a polygon leaves the image; what is outside is clipped");
    }
    if (a.segmentation() instanceof Polygons polygons) {
      checkPolygons(a, polygons);
    }
    checkArea(a, image);
  }

  private void checkPolygons(CocoAnnotation a, Polygons polygons) {
    for (int i = 0; i < polygons.parts().size(); i++) {
      if (Polygons.area(polygons.parts().get(i)) == 0) {
        add(
            OptionalLong.of(a.imageId()),
            OptionalLong.of(a.id()),
            "polygon %d encloses no area; remove it".formatted(i));
      }
    }
  }

  /** Overlapping parts make the sum of polygons and the drawn mask differ; either will do. */
  private void checkArea(CocoAnnotation a, CocoImage image) {
    if (a.segmentation() instanceof NoSegmentation) {
      return;
    }
    double drawn = a.mask(image).area();
    double outline = a.segmentation() instanceof Polygons p ? p.area() : drawn;
    double difference = Math.min(Math.abs(a.area() - drawn), Math.abs(a.area() - outline));
    double tolerance = a.crowd() ? CROWD_AREA_TOLERANCE : AREA_TOLERANCE;
    if (difference > Math.max(AREA_SLACK, tolerance * Math.max(a.area(), drawn))) {
      add(
          OptionalLong.of(a.imageId()),
          OptionalLong.of(a.id()),
          "area is %s, its outline covers %s pixels".formatted(plain(a.area()), plain(drawn)));
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

  private static String plain(double v) {
    return JsonFields.plain(v);
  }
}
