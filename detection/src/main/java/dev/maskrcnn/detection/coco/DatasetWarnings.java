package dev.maskrcnn.detection.coco;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Counts what is odd in a dataset but tolerated, one line for each kind. */
final class DatasetWarnings {
  /** COCO's own polygons and boxes leave the image by rounding; only more than this counts. */
  static final double OUTSIDE = 1;

  private static final int NAMED_IMAGES = 5;

  private DatasetWarnings() {}

  static List<String> of(CocoDataset dataset) {
    Kind zero = new Kind();
    Kind outside = new Kind();
    Kind empty = new Kind();
    for (CocoImage image : dataset.images()) {
      List<CocoAnnotation> objects = dataset.annotationsOf(image.id());
      if (objects.isEmpty()) {
        empty.add(image);
      }
      for (CocoAnnotation object : objects) {
        if (object.zeroSize()) {
          zero.add(image);
        }
        if (leaves(object.segmentation(), image)) {
          outside.add(image);
        }
      }
    }
    List<String> lines = new ArrayList<>();
    zero.line(lines, "annotations with zero-size boxes %s are dropped in training");
    empty.line(lines, "images without objects %s are left out in training");
    outside.line(lines, "annotations with polygons that leave the image %s are clipped");
    return List.copyOf(lines);
  }

  /** Whether a point lies outside of the image by more than rounding. */
  static boolean leaves(Segmentation segmentation, CocoImage image) {
    if (!(segmentation instanceof Polygons polygons)) {
      return false;
    }
    for (double[] xy : polygons.parts()) {
      for (int i = 0; i < xy.length; i += 2) {
        if (xy[i] < -OUTSIDE
            || xy[i] > image.width() + OUTSIDE
            || xy[i + 1] < -OUTSIDE
            || xy[i + 1] > image.height() + OUTSIDE) {
          return true;
        }
      }
    }
    return false;
  }

  /** One kind of oddity: how often, and the first images that show it. */
  private static final class Kind {
    private int count;
    private boolean more;
    private final TreeSet<Long> imageIds = new TreeSet<>();

    void add(CocoImage image) {
      count++;
      if (imageIds.size() < NAMED_IMAGES) {
        imageIds.add(image.id());
      } else {
        more |= !imageIds.contains(image.id());
      }
    }

    void line(List<String> lines, String text) {
      if (count > 0) {
        StringBuilder ids = new StringBuilder("(image ids ");
        imageIds.forEach(id -> ids.append(id).append(", "));
        ids.setLength(ids.length() - 2);
        ids.append(more ? ", …)" : ")");
        String line = count + " " + text.formatted(ids);
        lines.add(count == 1 ? singular(line) : line);
      }
    }

    private static String singular(String line) {
      return line.replace("annotations with", "annotation with")
          .replace("images without", "image without")
          .replace("image ids", "image id")
          .replace(") are ", ") is ");
    }
  }
}
