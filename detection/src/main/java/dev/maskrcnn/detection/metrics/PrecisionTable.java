package dev.maskrcnn.detection.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Precision and recall at every point that COCO measures; -1 where a category has nothing to find.
 *
 * <p>Axes: IoU threshold 0.50, 0.55, ..., 0.95 (10); recall 0.00, 0.01, ..., 1.00 (101); category,
 * by ascending id; area all, small, medium, large (4); detections per image 1, 10, 100 (3).
 */
public final class PrecisionTable {
  /** Meaning "all of this axis" where an index is asked for. */
  public static final int ALL = -1;

  private static final double SPACING = Math.ulp(1.0);

  private final int[] categoryIds;
  private final double[] precision;
  private final double[] recall;

  private PrecisionTable(int[] categoryIds) {
    this.categoryIds = categoryIds;
    int cells = Math.multiplyExact(EvalGrid.IOUS * EvalGrid.AREAS * EvalGrid.LIMITS, categories());
    this.precision = new double[Math.multiplyExact(cells, EvalGrid.RECALLS)];
    this.recall = new double[cells];
    Arrays.fill(precision, -1);
    Arrays.fill(recall, -1);
  }

  /**
   * Adds up matches.
   *
   * @param categoryIds ids by category index
   * @param cells matches of each category index, in the order of images
   */
  static PrecisionTable of(int[] categoryIds, List<List<CellMatch>> cells) {
    PrecisionTable table = new PrecisionTable(categoryIds);
    IntStream.range(0, categoryIds.length)
        .parallel()
        .forEach(k -> table.accumulate(k, new Ranking(cells.get(k))));
    return table;
  }

  /** All detections of a category by descending score. */
  private static final class Ranking {
    private final int[][] flags = new int[EvalGrid.AREAS][];

    /** Place of a detection within its image. */
    private final int[] place;

    private final long[] positives = new long[EvalGrid.AREAS];

    Ranking(List<CellMatch> cells) {
      int n = cells.stream().mapToInt(c -> c.scores().length).sum();
      double[] scores = new double[n];
      int[] places = new int[n];
      int[][] unsorted = new int[EvalGrid.AREAS][n];
      int at = 0;
      for (CellMatch cell : cells) {
        int count = cell.scores().length;
        System.arraycopy(cell.scores(), 0, scores, at, count);
        for (int area = 0; area < EvalGrid.AREAS; area++) {
          System.arraycopy(cell.flags()[area], 0, unsorted[area], at, count);
          positives[area] += cell.positives()[area];
        }
        for (int i = 0; i < count; i++) {
          places[at + i] = i;
        }
        at += count;
      }
      int[] order = StableOrder.descending(scores);
      place = sorted(places, order);
      for (int area = 0; area < EvalGrid.AREAS; area++) {
        flags[area] = sorted(unsorted[area], order);
      }
    }

    private static int[] sorted(int[] values, int[] order) {
      int[] out = new int[order.length];
      for (int i = 0; i < out.length; i++) {
        out[i] = values[order[i]];
      }
      return out;
    }

    /** The flags of an area range of the detections that a limit admits. */
    int[] admitted(int area, int limit) {
      int[] out = new int[place.length];
      int n = 0;
      for (int i = 0; i < out.length; i++) {
        if (place[i] < limit) {
          out[n++] = flags[area][i];
        }
      }
      return Arrays.copyOf(out, n);
    }
  }

  private void accumulate(int category, Ranking ranking) {
    for (int area = 0; area < EvalGrid.AREAS; area++) {
      if (ranking.positives[area] == 0) {
        continue;
      }
      for (int limit = 0; limit < EvalGrid.LIMITS; limit++) {
        int[] flags = ranking.admitted(area, EvalGrid.limit(limit));
        double[] recalls = new double[flags.length];
        double[] precisions = new double[flags.length];
        for (int iou = 0; iou < EvalGrid.IOUS; iou++) {
          curve(flags, iou, ranking.positives[area], recalls, precisions);
          recall[recallIndex(iou, category, area, limit)] =
              flags.length == 0 ? 0 : recalls[flags.length - 1];
          int i = 0;
          for (int r = 0; r < EvalGrid.RECALLS; r++) {
            double wanted = EvalGrid.recall(r);
            while (i < flags.length && recalls[i] < wanted) {
              i++;
            }
            precision[index(new int[] {iou, r, category, area, limit})] =
                i < flags.length ? precisions[i] : 0;
          }
        }
      }
    }
  }

  /** Recall after each detection, and the best precision from there on. */
  private static void curve(
      int[] flags, int iou, long positives, double[] recalls, double[] precisions) {
    double hits = 0;
    double misses = 0;
    for (int i = 0; i < flags.length; i++) {
      hits += CellMatch.truePositive(flags[i], iou) ? 1 : 0;
      misses += CellMatch.falsePositive(flags[i], iou) ? 1 : 0;
      recalls[i] = hits / positives;
      precisions[i] = hits / (misses + hits + SPACING);
    }
    for (int i = flags.length - 1; i > 0; i--) {
      precisions[i - 1] = Math.max(precisions[i - 1], precisions[i]);
    }
  }

  private int index(int[] at) {
    return (((at[0] * EvalGrid.RECALLS + at[1]) * categories() + at[2]) * EvalGrid.AREAS + at[3])
            * EvalGrid.LIMITS
        + at[4];
  }

  private int recallIndex(int iou, int category, int area, int limit) {
    return ((iou * categories() + category) * EvalGrid.AREAS + area) * EvalGrid.LIMITS + limit;
  }

  private int categories() {
    return categoryIds.length;
  }

  /** The category ids along the category axis, ascending; a copy. One 0 if class-agnostic. */
  public int[] categoryIds() {
    return categoryIds.clone();
  }

  /** Precision at {@code [iou][recall][category][area][limit]}, row-major; a copy. */
  public double[] precision() {
    return precision.clone();
  }

  /** Greatest recall at {@code [iou][category][area][limit]}, row-major; a copy. */
  public double[] recall() {
    return recall.clone();
  }

  /**
   * One precision-recall curve: precision at the 101 recalls, all areas, 100 detections per image.
   *
   * @param iou index of the IoU threshold
   * @param category index of the category
   */
  public double[] curve(int iou, int category) {
    double[] out = new double[EvalGrid.RECALLS];
    for (int r = 0; r < out.length; r++) {
      out[r] = precision[index(new int[] {iou, r, category, 0, EvalGrid.LIMIT_100})];
    }
    return out;
  }

  /**
   * Average precision with 100 detections per image; -1 if there is nothing to find.
   *
   * @param iou index of the IoU threshold, or {@link #ALL}
   * @param category index of the category, or {@link #ALL}
   * @param area index of the area range
   */
  public double averagePrecision(int iou, int category, int area) {
    Mean mean = new Mean();
    for (int t = from(iou); t < to(iou, EvalGrid.IOUS); t++) {
      for (int r = 0; r < EvalGrid.RECALLS; r++) {
        for (int k = from(category); k < to(category, categories()); k++) {
          mean.add(precision[index(new int[] {t, r, k, area, EvalGrid.LIMIT_100})]);
        }
      }
    }
    return mean.value();
  }

  /**
   * Average recall over the IoU thresholds; -1 if there is nothing to find.
   *
   * @param category index of the category, or {@link #ALL}
   * @param area index of the area range
   * @param limit index of the limit on detections per image
   */
  public double averageRecall(int category, int area, int limit) {
    Mean mean = new Mean();
    for (int t = 0; t < EvalGrid.IOUS; t++) {
      for (int k = from(category); k < to(category, categories()); k++) {
        mean.add(recall[recallIndex(t, k, area, limit)]);
      }
    }
    return mean.value();
  }

  private static int from(int index) {
    return index == ALL ? 0 : index;
  }

  private static int to(int index, int size) {
    return index == ALL ? size : index + 1;
  }

  /** Mean of what was there to measure. */
  private static final class Mean {
    private double sum;
    private int count;

    void add(double value) {
      if (value > -1) {
        sum += value;
        count++;
      }
    }

    double value() {
      return count == 0 ? -1 : sum / count;
    }
  }
}
