package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.BoxIou;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Masks.ObjectRows;
import dev.maskrcnn.tensor.op.Movement.LabelsAt;
import java.util.Arrays;

/** Boxes against ground truth. */
final class MatchingReference {
  /** Match of a box that is background. */
  static final int BELOW = -1;

  /** Match of a box that is ignored. */
  static final int BETWEEN = -2;

  private MatchingReference() {}

  static void boxIou(BoxIou op, Operands a) {
    double[] left = a.in(0);
    double[] right = a.in(1);
    double[] out = a.out(0);
    int columns = a.shape(1).dim(0);
    Overlap overlap = new Overlap(a.rounding(0), op.offset());
    for (int i = 0; i < out.length; i++) {
      out[i] = overlap.iou(left, i / columns * 4, right, i % columns * 4);
    }
  }

  static void matchBoxes(MatchBoxes op, Operands a) {
    double[] truth = a.in(0);
    int[] truths = a.ints(1);
    double[] boxes = a.in(2);
    int[] counts = a.ints(3);
    double[] out = a.out(0);
    int truthRows = a.shape(0).dim(1);
    int boxRows = a.shape(2).dim(1);
    Overlap overlap = new Overlap(a.rounding(0), op.offset());
    Arrays.fill(out, BETWEEN);
    for (int n = 0; n < truths.length; n++) {
      int firstTruth = n * truthRows;
      int firstBox = a.shape(2).dim(0) == 1 ? 0 : n * boxRows;
      double[][] iou = new double[truths[n]][counts[n]];
      for (int g = 0; g < truths[n]; g++) {
        for (int m = 0; m < counts[n]; m++) {
          iou[g][m] = overlap.iou(truth, (firstTruth + g) * 4, boxes, (firstBox + m) * 4);
        }
      }
      int[] match = match(op, iou, counts[n], a.rounding(0));
      for (int m = 0; m < counts[n]; m++) {
        out[n * boxRows + m] = match[m];
      }
    }
  }

  /**
   * Matches from the overlap of each truth (row) with each of {@code boxes} boxes: index of the
   * best truth, {@link #BELOW} or {@link #BETWEEN}.
   */
  static int[] match(MatchBoxes op, double[][] iou, int boxes, Rounding r) {
    int[] result = new int[boxes];
    Arrays.fill(result, BELOW);
    if (iou.length == 0) {
      return result;
    }
    int[] best = new int[boxes];
    for (int m = 0; m < boxes; m++) {
      for (int g = 1; g < iou.length; g++) {
        best[m] = iou[g][m] > iou[best[m]][m] ? g : best[m];
      }
      double value = iou[best[m]][m];
      if (value >= r.to(op.high())) {
        result[m] = best[m];
      } else if (value >= r.to(op.low())) {
        result[m] = BETWEEN;
      }
    }
    if (op.lowQuality()) {
      for (double[] row : iou) {
        double most = Arrays.stream(row).max().orElse(0);
        for (int m = 0; m < boxes; m++) {
          result[m] = row[m] == most ? best[m] : result[m];
        }
      }
    }
    return result;
  }

  static void assignLabels(AssignLabels op, Operands a) {
    int[] match = a.ints(0);
    int[] labels = a.ints(1);
    double[] out = a.out(0);
    int columns = a.shape(0).dim(1);
    int truthRows = a.shape(1).dim(1);
    for (int i = 0; i < out.length; i++) {
      if (op.visibility() && a.ints(2)[i] == 0 || match[i] <= BETWEEN) {
        out[i] = -1;
      } else if (match[i] == BELOW) {
        out[i] = 0;
      } else {
        out[i] = labels[i / columns * truthRows + a.checked(match[i], truthRows, 0, i)];
      }
    }
  }

  static void labelsAt(LabelsAt op, Operands a) {
    int[] label = a.ints(0);
    int[] index = a.ints(1);
    for (int r = 0; r < index.length; r++) {
      a.out(0)[r] = index[r] < 0 ? -1 : label[a.checked(index[r], label.length, 1, r)];
    }
  }

  static void objectRows(ObjectRows op, Operands a) {
    int[] match = a.ints(0);
    int columns = a.shape(0).dim(1);
    for (int i = 0; i < match.length; i++) {
      a.out(0)[i] = match[i] < 0 ? -1 : i / columns * op.objects() + match[i];
    }
  }
}
