package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Boxes.DetectionRule;
import dev.maskrcnn.tensor.op.Boxes.SelectDetections;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Final detections of an image. */
final class DetectionReference {
  private DetectionReference() {}

  /** A candidate: class, row, and score. */
  private record Candidate(int label, int row, double score) {}

  private static final Comparator<Candidate> BEST_FIRST =
      Comparator.comparingDouble((Candidate c) -> -c.score)
          .thenComparingInt(Candidate::label)
          .thenComparingInt(Candidate::row);

  static void detections(SelectDetections op, Operands a) {
    double[] boxes = a.in(0);
    double[] scores = a.in(1);
    int[] counts = a.ints(2);
    Arrays.fill(a.out(1), -1);
    Arrays.fill(a.out(2), -1);
    Arrays.fill(a.out(3), -1);
    Shape s = a.shape(1);
    for (int n = 0; n < counts.length; n++) {
      List<Candidate> found = new ArrayList<>();
      for (int k = 1; k < s.dim(2); k++) {
        found.addAll(survivors(op, a, n, k));
      }
      List<Candidate> kept = limit(op, found);
      for (int i = 0; i < kept.size(); i++) {
        Candidate c = kept.get(i);
        int from = (n * s.dim(1) + c.row) * s.dim(2) + c.label;
        int to = n * op.capacity() + i;
        System.arraycopy(boxes, from * 4, a.out(0), to * 4, 4);
        a.out(1)[to] = scores[from];
        a.out(2)[to] = c.label;
        a.out(3)[to] = c.row;
      }
      a.out(4)[n] = kept.size();
    }
  }

  /** The rows of one class of one image that pass the thresholds and the suppression. */
  private static List<Candidate> survivors(SelectDetections op, Operands a, int n, int k) {
    double[] boxes = a.in(0);
    double[] all = a.in(1);
    int rows = a.shape(1).dim(1);
    int classes = a.shape(1).dim(2);
    Rounding r = a.rounding(0);
    DetectionRule rule = op.rule();
    Overlap overlap = new Overlap(r, op.offset());
    int first = n * rows * classes + k;
    double[] score = new double[rows];
    boolean[] valid = new boolean[rows];
    for (int i = 0; i < rows; i++) {
      int at = first + i * classes;
      score[i] = all[at];
      valid[i] =
          i < a.ints(2)[n]
              && score[i] > r.to(rule.scoreThreshold())
              && overlap.atLeast(boxes, at * 4, rule.minimumSize());
    }
    Overlap.Ranked ranked = new Overlap.Ranked(score, valid, classes * 4);
    boolean[] kept = overlap.suppress(boxes, first * 4, ranked, rule.nmsThreshold());
    List<Candidate> found = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      if (kept[i]) {
        found.add(new Candidate(k, i, score[i]));
      }
    }
    return found;
  }

  /** The limit of the rule, then the capacity, in the order of the rule. */
  private static List<Candidate> limit(SelectDetections op, List<Candidate> found) {
    List<Candidate> ranked = found.stream().sorted(BEST_FIRST).toList();
    int keep = found.size();
    int limit = op.rule().limit();
    if (limit > 0 && keep > limit) {
      keep = limit;
      while (op.rule().ties()
          && keep < ranked.size()
          && ranked.get(keep).score == ranked.get(limit - 1).score) {
        keep++;
      }
    }
    List<Candidate> best = ranked.subList(0, Math.min(keep, op.capacity()));
    if (!op.rule().ties()) {
      return best;
    }
    return found.stream().filter(best::contains).toList();
  }
}
