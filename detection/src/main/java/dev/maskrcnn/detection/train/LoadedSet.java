package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.NoSegmentation;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.log.RunLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A data set whose files were checked before any work: the annotations are sound, every image file
 * is there, every object has what the model needs.
 */
record LoadedSet(String name, CocoDataset coco) {

  /**
   * Loads and checks a data set; oddities that are tolerated are logged, one line for each kind.
   *
   * @param masks whether every object needs an outline
   * @throws RunException if files are missing or outlines are
   * @throws dev.maskrcnn.detection.coco.CocoFormatException if the annotations are not sound
   */
  static LoadedSet load(DatasetSource.Coco source, boolean masks, RunLog log) {
    String name = source.name();
    if (name.isBlank() || name.contains("/") || name.contains("\\") || name.startsWith(".")) {
      throw new RunException(
          "data set \"%s\": its name becomes a folder; use letters, digits, _ and -"
              .formatted(name));
    }
    CocoDataset coco = CocoDataset.load(source.annotations(), source.images());
    if (coco.images().isEmpty() || coco.categories().isEmpty()) {
      throw new RunException(
          "%s: has %d images and %d categories, expected at least one of each"
              .formatted(source.annotations(), coco.images().size(), coco.categories().size()));
    }
    checkFiles(source, coco);
    if (masks) {
      checkOutlines(source, coco);
    }
    log.info(
        Loggers.DATA,
        "%s: %d images, %d annotations, %d categories from %s"
            .formatted(
                name,
                coco.images().size(),
                coco.annotationCount(),
                coco.categories().size(),
                source.annotations()));
    for (String warning : coco.warnings()) {
      log.warning(Loggers.DATA, name + ": " + warning);
    }
    return new LoadedSet(name, coco);
  }

  private static void checkFiles(DatasetSource.Coco source, CocoDataset coco) {
    Path folder = source.images();
    if (!Files.isDirectory(folder)) {
      throw new RunException(
          "data set %s: image folder %s %s; check the path"
              .formatted(
                  source.name(),
                  folder,
                  Files.exists(folder) ? "is not a folder" : "does not exist"));
    }
    CocoImage first = null;
    int missing = 0;
    for (CocoImage image : coco.images()) {
      if (!Files.isRegularFile(coco.imagePath(image))) {
        first = first == null ? image : first;
        missing++;
      }
    }
    if (first != null) {
      throw new RunException(
          "data set %s: %d of %d image files are missing, first %s of image %d; check the folder"
              .formatted(
                  source.name(), missing, coco.images().size(), coco.imagePath(first), first.id()));
    }
  }

  private static void checkOutlines(DatasetSource.Coco source, CocoDataset coco) {
    for (CocoImage image : coco.images()) {
      for (CocoAnnotation annotation : coco.annotationsOf(image.id())) {
        if (annotation.segmentation() instanceof NoSegmentation) {
          throw new RunException(
              "%s: annotation %d of image %d has no segmentation, but MODEL.MASK_ON is True;"
                      .formatted(source.annotations(), annotation.id(), image.id())
                  + " set it to False to work with boxes only");
        }
      }
    }
  }

  /**
   * Labels are positions, so data sets that share a model must list the same categories.
   *
   * @param expected the categories of the model; empty if unknown
   * @param origin where those are from
   * @throws RunException if neither the ids nor the names agree
   */
  void requireCategories(List<CocoCategory> expected, String origin) {
    List<CocoCategory> own = coco.categories();
    List<Integer> ownIds = own.stream().map(CocoCategory::id).toList();
    List<String> ownNames = own.stream().map(CocoCategory::name).toList();
    if (expected.isEmpty()
        || ownIds.equals(expected.stream().map(CocoCategory::id).toList())
        || ownNames.equals(expected.stream().map(CocoCategory::name).toList())) {
      return;
    }
    throw new RunException(
        "data set %s: its %d categories %s differ from the %d categories %s of %s; they must agree"
                .formatted(name, own.size(), shown(own), expected.size(), shown(expected), origin)
            + " in number and order");
  }

  private static String shown(List<CocoCategory> categories) {
    int most = 6;
    List<String> names = categories.stream().limit(most).map(CocoCategory::name).toList();
    return names.toString().replace("]", categories.size() > most ? ", ...]" : "]");
  }
}
