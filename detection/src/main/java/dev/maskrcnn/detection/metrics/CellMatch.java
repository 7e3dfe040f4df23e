package dev.maskrcnn.detection.metrics;

import java.util.Arrays;

/**
 * The detections of one category in one image, matched to its objects at all IoU thresholds and
 * area ranges.
 *
 * @param category index of the category
 * @param scores scores of the detections, descending, at most {@link EvalGrid#MAX_DETECTIONS}
 * @param flags {@code [area][detection]}: bit t set if it matches an object at IoU threshold t, bit
 *     16 + t if it is ignored there
 * @param positives for each area range, how many objects are to be found
 */
record CellMatch(int category, double[] scores, int[][] flags, int[] positives) {
  private static final int IGNORED_SHIFT = 16;
  private static final int ALL = (1 << EvalGrid.IOUS) - 1;

  /** Whether the flags say "matches an object that counts" at an IoU threshold. */
  static boolean truePositive(int flags, int iou) {
    return (flags >>> iou & (1 | 1 << IGNORED_SHIFT)) == 1;
  }

  /** Whether the flags say "matches nothing, and is not ignored" at an IoU threshold. */
  static boolean falsePositive(int flags, int iou) {
    return (flags >>> iou & (1 | 1 << IGNORED_SHIFT)) == 0;
  }

  /**
   * What is to be matched.
   *
   * @param scores of the detections, descending
   * @param areas of the detections
   * @param truthAreas of the objects
   * @param crowd whether an object is a group: ignored, and matched as often as wanted
   * @param iou {@code [detection][object]}
   */
  record Input(
      double[] scores, double[] areas, double[] truthAreas, boolean[] crowd, double[][] iou) {}

  static CellMatch of(int category, Input in) {
    int[][] flags = new int[EvalGrid.AREAS][in.scores.length];
    int[] positives = new int[EvalGrid.AREAS];
    for (int area = 0; area < EvalGrid.AREAS; area++) {
      boolean[] ignore = new boolean[in.crowd.length];
      for (int g = 0; g < ignore.length; g++) {
        ignore[g] = in.crowd[g] || EvalGrid.outside(in.truthAreas[g], area);
        positives[area] += ignore[g] ? 0 : 1;
      }
      int[] order = countingFirst(ignore);
      for (int t = 0; t < EvalGrid.IOUS; t++) {
        match(in, t, ignore, order, flags[area]);
      }
      for (int d = 0; d < in.scores.length; d++) {
        if (EvalGrid.outside(in.areas[d], area)) {
          // Outside of the range, a detection without a match does no harm.
          flags[area][d] |= (~flags[area][d] & ALL) << IGNORED_SHIFT;
        }
      }
    }
    return new CellMatch(category, in.scores, flags, positives);
  }

  /** The objects that count first, each group in its order. */
  private static int[] countingFirst(boolean[] ignore) {
    int[] order = new int[ignore.length];
    int n = 0;
    for (int pass = 0; pass < 2; pass++) {
      for (int g = 0; g < ignore.length; g++) {
        if (ignore[g] == (pass == 1)) {
          order[n++] = g;
        }
      }
    }
    return order;
  }

  /** Each detection takes the free object that it overlaps most; of equals, the last. */
  private static void match(Input in, int t, boolean[] ignore, int[] order, int[] flags) {
    boolean[] taken = new boolean[order.length];
    double threshold = Math.min(EvalGrid.iou(t), 1 - 1e-10);
    for (int d = 0; d < in.scores.length; d++) {
      double best = threshold;
      int match = -1;
      for (int g : order) {
        if (taken[g] && !in.crowd[g]) {
          continue;
        }
        if (match >= 0 && !ignore[match] && ignore[g]) {
          break;
        }
        if (in.iou[d][g] >= best) {
          best = in.iou[d][g];
          match = g;
        }
      }
      if (match >= 0) {
        taken[match] = true;
        flags[d] |= 1 << t | (ignore[match] ? 1 << IGNORED_SHIFT + t : 0);
      }
    }
  }

  @Override
  public String toString() {
    return "CellMatch[category %s, %s detections, positives %s]"
        .formatted(category, scores.length, Arrays.toString(positives));
  }
}
