package dev.maskrcnn.detection.metrics;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.DetectionRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which category the boxes of each category were taken for. Detections, best first, each take the
 * free object that they overlap most, whatever its category; of equal overlaps the one of their own
 * category. Detections on crowds do not count.
 *
 * @param names of the categories by label - 1, then {@link #NOTHING}
 * @param counts {@code [truth][found]}: the last row holds detections where nothing is, the last
 *     column objects that were not found; the last of both is 0
 */
public record ConfusionMatrix(List<String> names, long[][] counts) {
  /** The name of the last row and column. */
  public static final String NOTHING = "nothing";

  /**
   * Counts.
   *
   * @param found detections of each image, in the order of the images
   * @param minimumScore weaker detections are left out
   * @param minimumIou least overlap, COCO's measure of boxes
   */
  public static ConfusionMatrix of(
      CocoDataset truth,
      List<List<DetectionRecord>> found,
      double minimumScore,
      double minimumIou) {
    ConfusionMatrix matrix = empty(truth);
    for (int i = 0; i < found.size(); i++) {
      matrix.add(truth, truth.images().get(i), counted(found.get(i), minimumScore), minimumIou);
    }
    return matrix;
  }

  /**
   * Counts in one image only.
   *
   * @param found detections in it
   * @param minimumScore weaker detections are left out
   * @param minimumIou least overlap, COCO's measure of boxes
   */
  public static ConfusionMatrix ofImage(
      CocoDataset truth,
      CocoImage image,
      List<DetectionRecord> found,
      double minimumScore,
      double minimumIou) {
    ConfusionMatrix matrix = empty(truth);
    matrix.add(truth, image, counted(found, minimumScore), minimumIou);
    return matrix;
  }

  private static ConfusionMatrix empty(CocoDataset truth) {
    List<String> names =
        new ArrayList<>(truth.categories().stream().map(CocoCategory::name).toList());
    names.add(NOTHING);
    return new ConfusionMatrix(names, new long[names.size()][names.size()]);
  }

  private static List<DetectionRecord> counted(List<DetectionRecord> found, double minimumScore) {
    return found.stream()
        .filter(d -> d.score() >= minimumScore)
        .sorted((a, b) -> Double.compare(b.score(), a.score()))
        .toList();
  }

  /** Objects that were not found. */
  public long missed() {
    int nothing = names.size() - 1;
    return Arrays.stream(counts).mapToLong(row -> row[nothing]).sum();
  }

  /** Detections where nothing is. */
  public long invented() {
    return Arrays.stream(counts[names.size() - 1]).sum();
  }

  /** Objects that were found under another category. */
  public long confused() {
    long sum = 0;
    int categories = names.size() - 1;
    for (int row = 0; row < categories; row++) {
      for (int column = 0; column < categories; column++) {
        sum += row == column ? 0 : counts[row][column];
      }
    }
    return sum;
  }

  private void add(CocoDataset truth, CocoImage image, List<DetectionRecord> found, double least) {
    List<CocoAnnotation> objects = truth.annotationsOf(image.id());
    int nothing = names.size() - 1;
    boolean[] crowd = new boolean[objects.size()];
    for (int g = 0; g < crowd.length; g++) {
      crowd[g] = objects.get(g).crowd();
    }
    double[][] iou =
        BoxOverlap.iou(
            found.stream().map(DetectionRecord::bbox).toArray(double[][]::new),
            objects.stream().map(CocoAnnotation::bbox).toArray(double[][]::new),
            crowd);
    boolean[] taken = new boolean[objects.size()];
    for (int d = 0; d < iou.length; d++) {
      int category = found.get(d).categoryId();
      int match = -1;
      boolean onCrowd = false;
      for (int g = 0; g < taken.length; g++) {
        if (crowd[g]) {
          onCrowd |= iou[d][g] >= least;
        } else if (!taken[g] && iou[d][g] >= least && better(iou[d], g, match, objects, category)) {
          match = g;
        }
      }
      int label = truth.labelOf(category) - 1;
      if (match >= 0) {
        taken[match] = true;
        counts[truth.labelOf(objects.get(match).categoryId()) - 1][label]++;
      } else if (!onCrowd) {
        counts[nothing][label]++;
      }
    }
    for (int g = 0; g < taken.length; g++) {
      if (!taken[g] && !crowd[g]) {
        counts[truth.labelOf(objects.get(g).categoryId()) - 1][nothing]++;
      }
    }
  }

  private static boolean better(
      double[] iou, int g, int match, List<CocoAnnotation> objects, int category) {
    if (match < 0 || iou[g] != iou[match]) {
      return match < 0 || iou[g] > iou[match];
    }
    return objects.get(match).categoryId() != category && objects.get(g).categoryId() == category;
  }
}
