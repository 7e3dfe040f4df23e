package dev.maskrcnn.detection.coco;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A COCO dataset: images, annotated objects and categories. Immutable, safe for use by threads.
 *
 * <p>What real COCO files contain and the original system tolerates (boxes without width or height,
 * images without objects, polygons that leave the image) is kept as it is or repaired (no area,
 * polygons of two points, annotations of images that are not listed) and counted in {@link
 * #warnings()}.
 */
public final class CocoDataset {
  private final List<CocoImage> images;
  private final long[] imageIds;
  private final List<CocoCategory> categories;
  private final Map<Integer, Integer> labels = new HashMap<>();

  /** Annotations by image, in file order within one; image i has {@code [start[i], start[i+1])}. */
  private final List<CocoAnnotation> annotations;

  private final int[] start;
  private final Path imageFolder;
  private final List<String> warnings;

  private CocoDataset(
      List<CocoImage> images,
      List<CocoAnnotation> annotations,
      List<CocoCategory> categories,
      Path imageFolder,
      DatasetWarnings repaired) {
    this.images = images.stream().sorted(Comparator.comparingLong(CocoImage::id)).toList();
    this.imageIds = this.images.stream().mapToLong(CocoImage::id).toArray();
    this.categories = List.copyOf(categories);
    for (CocoCategory category : this.categories) {
      labels.put(category.id(), labels.size() + 1);
    }
    this.imageFolder = imageFolder;
    this.start = new int[imageIds.length + 1];
    this.annotations = byImage(annotations);
    this.warnings = repaired.of(this);
  }

  private List<CocoAnnotation> byImage(List<CocoAnnotation> fileOrder) {
    int[] image = new int[fileOrder.size()];
    for (int i = 0; i < image.length; i++) {
      image[i] = indexOf(fileOrder.get(i).imageId());
      start[image[i] + 1]++;
    }
    Arrays.parallelPrefix(start, Integer::sum);
    int[] at = start.clone();
    CocoAnnotation[] sorted = new CocoAnnotation[image.length];
    for (int i = 0; i < image.length; i++) {
      sorted[at[image[i]]++] = fileOrder.get(i);
    }
    return Collections.unmodifiableList(Arrays.asList(sorted));
  }

  /**
   * Loads an annotation file.
   *
   * @param annotations the JSON file
   * @param imageFolder where {@code file_name} is looked up; need not exist
   * @throws CocoFormatException if the file is missing, cut off or inconsistent; names the file,
   *     the image and the annotation of the first defect ({@link AnnotationDefects} lists all)
   */
  public static CocoDataset load(Path annotations, Path imageFolder) {
    DatasetWarnings repaired = new DatasetWarnings();
    ProblemSink sink =
        new ProblemSink() {
          @Override
          public void add(OptionalLong image, OptionalLong annotation, String message) {
            throw new CocoFormatException(describe(annotations, image, annotation) + message);
          }

          @Override
          public void repaired(
              Repair repair, OptionalLong image, OptionalLong annotation, String message) {
            repaired.add(repair, image);
          }
        };
    AnnotationReader read = AnnotationReader.read(annotations, sink);
    return new CocoDataset(
        read.images(), read.annotations(), read.categories(), imageFolder, repaired);
  }

  /** {@code file: image 4: annotation 7: }, as far as known. */
  static String describe(Path file, OptionalLong image, OptionalLong annotation) {
    return file
        + ": "
        + (image.isPresent() ? "image " + image.getAsLong() + ": " : "")
        + (annotation.isPresent() ? "annotation " + annotation.getAsLong() + ": " : "");
  }

  /**
   * A dataset made in memory. The order of annotations is kept for each image.
   *
   * @throws CocoFormatException if ids occur twice or refer to nothing
   */
  public static CocoDataset of(
      List<CocoImage> images,
      List<CocoAnnotation> annotations,
      List<CocoCategory> categories,
      Path imageFolder) {
    requireUnique("image", images.stream().mapToLong(CocoImage::id).toArray());
    requireUnique("category", categories.stream().mapToLong(CocoCategory::id).toArray());
    requireUnique("annotation", annotations.stream().mapToLong(CocoAnnotation::id).toArray());
    CocoDataset dataset =
        new CocoDataset(images, annotations, categories, imageFolder, new DatasetWarnings());
    for (CocoAnnotation annotation : annotations) {
      dataset.labelOf(annotation.categoryId());
    }
    return dataset;
  }

  /**
   * The same images with other categories: labels follow the new order, and objects of categories
   * that are not among them are left out.
   *
   * @throws CocoFormatException if an id occurs twice
   */
  public CocoDataset withCategories(List<CocoCategory> chosen) {
    List<Integer> ids = chosen.stream().map(CocoCategory::id).toList();
    List<CocoAnnotation> kept =
        annotations.stream().filter(a -> ids.contains(a.categoryId())).toList();
    return of(images, kept, chosen, imageFolder);
  }

  /**
   * The same without some images and their annotations.
   *
   * @param positions of the images among {@link #images}
   */
  public CocoDataset without(Set<Integer> positions) {
    if (positions.isEmpty()) {
      return this;
    }
    List<CocoImage> kept =
        IntStream.range(0, images.size())
            .filter(i -> !positions.contains(i))
            .mapToObj(images::get)
            .toList();
    List<CocoAnnotation> theirs =
        kept.stream().flatMap(image -> annotationsOf(image.id()).stream()).toList();
    return of(kept, theirs, categories, imageFolder);
  }

  private static void requireUnique(String what, long[] ids) {
    Arrays.sort(ids);
    for (int i = 1; i < ids.length; i++) {
      if (ids[i] == ids[i - 1]) {
        throw new CocoFormatException(
            "dataset: %s id %s occurs twice; ids must be unique".formatted(what, ids[i]));
      }
    }
  }

  /** The images, sorted by id ascending. */
  public List<CocoImage> images() {
    return images;
  }

  /** The ids of all images, ascending; a copy. */
  public long[] imageIds() {
    return imageIds.clone();
  }

  /** Whether there is an image of that id. */
  public boolean hasImage(long imageId) {
    return Arrays.binarySearch(imageIds, imageId) >= 0;
  }

  /**
   * The image of that id.
   *
   * @throws CocoFormatException if there is none
   */
  public CocoImage image(long imageId) {
    return images.get(indexOf(imageId));
  }

  private int indexOf(long imageId) {
    int index = Arrays.binarySearch(imageIds, imageId);
    if (index < 0) {
      throw new CocoFormatException(
          "dataset: no image %s among %s; results and annotations must belong to one dataset"
              .formatted(imageId, imageIds.length));
    }
    return index;
  }

  /**
   * The annotations of an image in file order; empty if it has none.
   *
   * @throws CocoFormatException if there is no such image
   */
  public List<CocoAnnotation> annotationsOf(long imageId) {
    int index = indexOf(imageId);
    return annotations.subList(start[index], start[index + 1]);
  }

  /** Number of annotations of all images. */
  public int annotationCount() {
    return annotations.size();
  }

  /** The categories in file order; label = position + 1. */
  public List<CocoCategory> categories() {
    return categories;
  }

  /**
   * Contiguous label (1..n) of a category id.
   *
   * @throws CocoFormatException if there is no such category
   */
  public int labelOf(int categoryId) {
    Integer label = labels.get(categoryId);
    if (label == null) {
      throw new CocoFormatException(
          "dataset: no category %s among %s; check that model and dataset belong together"
              .formatted(categoryId, categories.size()));
    }
    return label;
  }

  /**
   * Category id of a contiguous label (1..n).
   *
   * @throws CocoFormatException if there is no such label
   */
  public int categoryIdOf(int label) {
    if (label < 1 || label > categories.size()) {
      throw new CocoFormatException(
          "dataset: label %s, expected 1 to %s; check that model and dataset belong together"
              .formatted(label, categories.size()));
    }
    return categories.get(label - 1).id();
  }

  /** Where the file of an image lies. */
  public Path imagePath(CocoImage image) {
    return imageFolder.resolve(image.fileName());
  }

  /** Oddities that the file contains and that are tolerated, one counted line for each kind. */
  public List<String> warnings() {
    return warnings;
  }
}
