package dev.maskrcnn.detection.coco;

import java.nio.file.Path;
import java.util.List;

/** A loaded COCO annotation file. Immutable. */
public final class CocoDataset {
  private CocoDataset() {}

  /**
   * Loads an annotation file.
   *
   * @param annotations the JSON file
   * @param imageFolder where {@code file_name} is looked up; need not exist
   * @throws CocoFormatException if the file is missing, cut off or inconsistent
   */
  public static CocoDataset load(Path annotations, Path imageFolder) {
    throw new UnsupportedOperationException();
  }

  /** The images, sorted by id ascending. */
  public List<CocoImage> images() {
    throw new UnsupportedOperationException();
  }

  /** The ids of all images, ascending; a copy. */
  public long[] imageIds() {
    throw new UnsupportedOperationException();
  }

  /** The image of that id. */
  public CocoImage image(long imageId) {
    throw new UnsupportedOperationException();
  }

  /** The annotations of an image in file order; empty if it has none. */
  public List<CocoAnnotation> annotationsOf(long imageId) {
    throw new UnsupportedOperationException();
  }

  /** Number of annotations of all images. */
  public int annotationCount() {
    throw new UnsupportedOperationException();
  }

  /** The categories in file order; label = position + 1. */
  public List<CocoCategory> categories() {
    throw new UnsupportedOperationException();
  }

  /** Contiguous label (1..n) of a category id. */
  public int labelOf(int categoryId) {
    throw new UnsupportedOperationException();
  }

  /** Category id of a contiguous label (1..n). */
  public int categoryIdOf(int label) {
    throw new UnsupportedOperationException();
  }

  /** Where the file of an image lies. */
  public Path imagePath(CocoImage image) {
    throw new UnsupportedOperationException();
  }

  /** Oddities that the file contains and that are tolerated, one counted line for each kind. */
  public List<String> warnings() {
    throw new UnsupportedOperationException();
  }
}
