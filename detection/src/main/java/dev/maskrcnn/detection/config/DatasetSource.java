package dev.maskrcnn.detection.config;

import java.nio.file.Path;

/** Where a data set lies, and in which format. */
public sealed interface DatasetSource {

  /** Its name in {@code DATASETS.TRAIN} and {@code DATASETS.TEST}. */
  String name();

  /**
   * A data set in COCO's format.
   *
   * @param images folder of the images
   * @param annotations JSON file
   */
  record Coco(String name, Path images, Path annotations) implements DatasetSource {}

  /**
   * A data set in Pascal VOC's format.
   *
   * @param root folder with JPEGImages, Annotations and ImageSets
   * @param split {@code train}, {@code val}, {@code trainval} or {@code test}
   */
  record Voc(String name, Path root, String split) implements DatasetSource {}

  /**
   * Images without annotations: predicted, not evaluated.
   *
   * @param list text file with the path of an image in each line
   * @param root folder that relative paths start from
   */
  record ImageList(String name, Path list, Path root) implements DatasetSource {}
}
