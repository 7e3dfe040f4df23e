package dev.maskrcnn.detection.evaluate;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.draw.Charts;
import dev.maskrcnn.detection.draw.ConfusionPicture;
import dev.maskrcnn.detection.draw.Curve;
import dev.maskrcnn.detection.metrics.CocoEvaluator;
import dev.maskrcnn.detection.metrics.ConfusionMatrix;
import dev.maskrcnn.detection.metrics.PrecisionTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The pictures of an evaluation: precision over recall, and what was taken for what. */
final class EvaluationCharts {
  private static final double SCORE = 0.5;
  private static final double OVERLAP = 0.5;
  private static final int RECALLS = 101;
  private static final int IOUS = 10;

  /** More curves than this cannot be told apart. */
  private static final int MOST_CATEGORIES = 18;

  private EvaluationCharts() {}

  /** {@code precision_recall_KIND.png} over all categories and {@code ..._KIND_categories.png}. */
  static void precisionRecall(Path folder, CocoDataset dataset, CocoEvaluator evaluator) {
    PrecisionTable table = evaluator.table();
    String kind = evaluator.iouType().label();
    List<Curve> means = new ArrayList<>();
    means.add(mean("IoU 0.50, AP %.3f", table, 0, 1));
    means.add(mean("IoU 0.75, AP %.3f", table, 5, 6));
    means.add(mean("IoU 0.50 to 0.95, AP %.3f", table, 0, IOUS));
    Charts.precisionRecall("Precision and recall, " + kind + ", all categories", means)
        .writePng(folder.resolve("precision_recall_" + kind + ".png"));
    int[] ids = table.categoryIds();
    List<Integer> shown = new ArrayList<>();
    for (int k = 0; k < ids.length; k++) {
      if (table.averagePrecision(0, k, 0) >= 0) {
        shown.add(k);
      }
    }
    shown.sort(Comparator.comparingDouble(k -> -table.averagePrecision(0, k, 0)));
    boolean some = shown.size() > MOST_CATEGORIES;
    List<Curve> curves = new ArrayList<>();
    for (int k : some ? bestAndWorst(shown) : shown) {
      CocoCategory category = dataset.categories().get(dataset.labelOf(ids[k]) - 1);
      String name =
          String.format(
              Locale.ROOT, "%s, AP50 %.3f", category.name(), table.averagePrecision(0, k, 0));
      curves.add(new Curve(name, recalls(), table.curve(0, k)));
    }
    String which = some ? "best and worst categories" : "by category";
    Charts.precisionRecall("Precision and recall, " + kind + ", IoU 0.50, " + which, curves)
        .writePng(folder.resolve("precision_recall_" + kind + "_categories.png"));
  }

  private static List<Integer> bestAndWorst(List<Integer> sorted) {
    int half = MOST_CATEGORIES / 2;
    List<Integer> out = new ArrayList<>(sorted.subList(0, half));
    out.addAll(sorted.subList(sorted.size() - half, sorted.size()));
    return out;
  }

  private static double[] recalls() {
    double[] out = new double[RECALLS];
    Arrays.setAll(out, i -> i / (RECALLS - 1.0));
    return out;
  }

  /** The mean over the categories that have objects and over IoU thresholds. */
  private static Curve mean(String name, PrecisionTable table, int from, int to) {
    double[] sum = new double[RECALLS];
    int count = 0;
    for (int iou = from; iou < to; iou++) {
      for (int k = 0; k < table.categoryIds().length; k++) {
        double[] curve = table.curve(iou, k);
        if (curve[0] >= 0) {
          count++;
          for (int r = 0; r < RECALLS; r++) {
            sum[r] += curve[r];
          }
        }
      }
    }
    double total = 0;
    for (int r = 0; r < RECALLS; r++) {
      sum[r] = count == 0 ? Double.NaN : sum[r] / count;
      total += sum[r] / RECALLS;
    }
    return new Curve(String.format(Locale.ROOT, name, total), recalls(), sum);
  }

  /** {@code confusion.png}, of boxes. */
  static void confusion(Path folder, CocoDataset dataset, List<List<DetectionRecord>> found) {
    ConfusionMatrix matrix = ConfusionMatrix.of(dataset, found, SCORE, OVERLAP);
    ConfusionPicture.draw("Confusion of boxes, score 0.5, IoU 0.5", matrix)
        .writePng(folder.resolve("confusion.png"));
  }
}
