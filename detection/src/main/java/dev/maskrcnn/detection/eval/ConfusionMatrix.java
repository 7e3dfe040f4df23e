package dev.maskrcnn.detection.eval;

import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.DetectionRecord;
import java.util.ArrayList;
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
    List<String> names =
        new ArrayList<>(truth.categories().stream().map(CocoCategory::name).toList());
    names.add(NOTHING);
    ConfusionMatrix matrix = new ConfusionMatrix(names, new long[names.size()][names.size()]);
    for (int i = 0; i < found.size(); i++) {
      CocoImage image = truth.images().get(i);
      List<DetectionRecord> counted =
          found.get(i).stream()
              .filter(d -> d.score() >= minimumScore)
              .sorted((a, b) -> Double.compare(b.score(), a.score()))
              .toList();
      matrix.add(truth, truth.annotationsOf(image.id()), counted, minimumIou);
    }
    return matrix;
  }

  private void add(
      CocoDataset truth, List<CocoAnnotation> objects, List<DetectionRecord> found, double least) {
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
