package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.NoSegmentation;
import dev.maskrcnn.detection.coco.TrainingRule;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.data.ImageListFile;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.voc.VocDataset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A data set whose files were checked before any work: the annotations are sound, every image file
 * is there, every object has what the model needs.
 *
 * @param coco its images and objects, whatever the format of the files
 * @param voc the same as Pascal VOC sees it, if the files are of that format
 * @param annotated whether there is a truth to evaluate against
 */
public record LoadedSet(
    String name, CocoDataset coco, Optional<VocDataset> voc, boolean annotated) {

  /**
   * What a data set is for.
   *
   * @param training which objects are trained on; empty if it is not for training
   * @param masks whether the model has a mask head
   * @param truth whether its objects are used at all
   * @param categories what the model finds, for images that have no annotations
   */
  public record Use(
      Optional<TrainingRule> training,
      boolean masks,
      boolean truth,
      List<CocoCategory> categories) {
    public static Use training(TrainingRule rule) {
      return new Use(Optional.of(rule), rule.masks(), true, List.of());
    }

    public static Use evaluation(boolean masks) {
      return new Use(Optional.empty(), masks, true, List.of());
    }
  }

  /**
   * Loads and checks a data set; oddities that are tolerated are logged, one line for each kind.
   *
   * @throws RunException if files are missing or outlines are
   * @throws dev.maskrcnn.detection.coco.CocoFormatException if the annotations are not sound
   * @throws dev.maskrcnn.detection.voc.VocFormatException the same, in the other format
   */
  public static LoadedSet load(DatasetSource source, Use use, RunLog log) {
    String name = source.name();
    if (name.isBlank() || name.contains("/") || name.contains("\\") || name.startsWith(".")) {
      throw new RunException(
          "data set \"%s\": its name becomes a folder; use letters, digits, _ and -"
              .formatted(name));
    }
    LoadedSet set = read(source, use);
    CocoDataset coco = set.coco;
    Path file = file(source);
    if (coco.images().isEmpty() || coco.categories().isEmpty()) {
      throw new RunException(
          "%s: has %s images and %s categories, expected at least one of each"
              .formatted(file, coco.images().size(), coco.categories().size()));
    }
    checkFiles(name, coco);
    if (use.masks && use.truth) {
      checkOutlines(file, coco, use.training.isPresent());
    }
    log.info(
        Loggers.DATA,
        "%s: %s images, %s annotations, %s categories from %s"
            .formatted(
                name,
                coco.images().size(),
                coco.annotationCount(),
                coco.categories().size(),
                file));
    for (String warning : coco.warnings()) {
      log.warning(Loggers.DATA, name + ": " + warning);
    }
    if (use.training.isPresent()) {
      checkUse(name, coco, use.training.get(), log);
    } else if (use.truth && set.annotated && coco.annotationCount() == 0) {
      log.warning(
          Loggers.DATA,
          name + ": has no objects to find, so no average precision can be measured (-1)");
    }
    return set;
  }

  private static LoadedSet read(DatasetSource source, Use use) {
    String name = source.name();
    if (source instanceof DatasetSource.Coco coco) {
      CocoDataset dataset = CocoDataset.load(coco.annotations(), coco.images());
      if (!Files.isDirectory(coco.images())) {
        throw new RunException(
            "data set %s: image folder %s %s; check the path"
                .formatted(
                    name,
                    coco.images(),
                    Files.exists(coco.images()) ? "is not a folder" : "does not exist"));
      }
      return new LoadedSet(name, dataset, Optional.empty(), true);
    }
    if (source instanceof DatasetSource.Voc voc) {
      VocDataset read =
          VocDataset.load(voc.root(), voc.split(), new VocDataset.Need(use.masks, use.truth));
      return new LoadedSet(
          name,
          use.training.isPresent() ? read.training() : read.images(),
          Optional.of(read),
          true);
    }
    if (source instanceof DatasetSource.ImageList list && use.training.isEmpty()) {
      if (use.categories.isEmpty()) {
        throw new RunException(
            ("data set %s: a list of images has no objects to measure against and names no"
                    + " categories; predict it with weights that say what they find")
                .formatted(name));
      }
      return new LoadedSet(
          name,
          ImageListFile.dataset(list.list(), list.root(), use.categories),
          Optional.empty(),
          false);
    }
    throw new RunException(
        "data set %s: is a list of images without objects, which cannot be trained on"
            .formatted(name));
  }

  /** The file or folder that errors name. */
  private static Path file(DatasetSource source) {
    if (source instanceof DatasetSource.Coco coco) {
      return coco.annotations();
    }
    return source instanceof DatasetSource.Voc voc
        ? voc.root()
        : ((DatasetSource.ImageList) source).list();
  }

  private static void checkFiles(String name, CocoDataset coco) {
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
          "data set %s: %s of %s image files are missing, first %s of image %s; check the folder"
              .formatted(name, missing, coco.images().size(), coco.imagePath(first), first.id()));
    }
  }

  /** Evaluation needs every outline; training leaves out objects without, unless none has one. */
  private static void checkOutlines(Path file, CocoDataset coco, boolean training) {
    CocoAnnotation without = null;
    for (CocoImage image : coco.images()) {
      for (CocoAnnotation annotation : coco.annotationsOf(image.id())) {
        if (!(annotation.segmentation() instanceof NoSegmentation)) {
          if (training) {
            return;
          }
        } else if (without == null) {
          without = annotation;
        }
      }
    }
    if (without != null) {
      throw new RunException(
          "%s: annotation %s of image %s has no segmentation, but MODEL.MASK_ON is True; set it to"
                  .formatted(file, without.id(), without.imageId())
              + (training
                  ? " False to work with boxes only"
                  : " False to work with boxes only, or leave such objects out with maskrcnn"
                      + " dataset clean"));
    }
  }

  /** Says what training leaves out, and refuses a data set of which it would use nothing. */
  private static void checkUse(String name, CocoDataset coco, TrainingRule rule, RunLog log) {
    TrainingRule.Count count = rule.count(coco);
    if (count.annotations() > 0 && count.used() == 0) {
      throw new RunException(
          "data set %s: nothing to learn from: %s".formatted(name, count.text()));
    }
    if (count.notable()) {
      log.warning(
          Loggers.DATA, "%s: %s; maskrcnn dataset verify lists them".formatted(name, count.text()));
    }
  }

  /**
   * The data set with the labels of a model: categories of the same name are the same, whatever
   * their numbers. Objects of categories that the model does not know are left out, and a line says
   * so.
   *
   * @param model the categories of the model in the order of its labels; empty if unknown
   * @param origin where those are from
   * @throws RunException if the two share no category
   */
  public LoadedSet matched(
      List<CocoCategory> model, String origin, CategoryMatch.By by, RunLog log) {
    List<CocoCategory> own = coco.categories();
    if (model.isEmpty() || model.equals(own)) {
      return this;
    }
    CategoryMatch match = CategoryMatch.of(model, own, by);
    if (match.common() == 0) {
      throw new RunException(
          differing(model, origin)
              + "; rename them"
              + (by == CategoryMatch.By.ID
                  ? ""
                  : ", or give --categories by-id if the same ids mean the same"));
    }
    if (!match.complete()) {
      log.warning(Loggers.DATA, name + ": " + match.differences(origin));
    } else if (!match.categories().equals(own)) {
      log.info(
          Loggers.DATA,
          "%s: its categories are numbered otherwise than those of %s; they are matched by %s"
              .formatted(name, origin, by == CategoryMatch.By.ID ? "id" : "name"));
    }
    return new LoadedSet(
        name,
        coco.withCategories(match.categories()),
        voc.map(v -> new VocDataset(v.images().withCategories(match.categories()), v.difficult())),
        annotated);
  }

  /**
   * Refuses a data set whose categories are not all those of a model and no others.
   *
   * @param origin where the model is from
   * @throws RunException naming what differs
   */
  public void requireSame(List<CocoCategory> model, String origin, CategoryMatch.By by) {
    CategoryMatch match = CategoryMatch.of(model, coco.categories(), by);
    if (!model.isEmpty() && !match.complete()) {
      throw new RunException(differing(model, origin));
    }
  }

  private String differing(List<CocoCategory> model, String origin) {
    List<CocoCategory> own = coco.categories();
    return "data set %s: its %s categories %s differ from the %s categories %s of %s"
        .formatted(
            name,
            own.size(),
            CategoryMatch.names(own),
            model.size(),
            CategoryMatch.names(model),
            origin);
  }
}
