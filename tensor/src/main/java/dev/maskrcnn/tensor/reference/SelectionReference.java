package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.op.Boxes.IndexWhere;
import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.op.Boxes.SelectProposals;
import dev.maskrcnn.tensor.op.Boxes.SelectTopK;
import java.util.Arrays;
import java.util.function.IntPredicate;

/** Choosing rows: by chance, by label, by score, by overlap. */
final class SelectionReference {
  private SelectionReference() {}

  static void sampleBalanced(SampleBalanced op, Operands a) {
    int[] label = a.ints(0);
    double[] out = a.out(0);
    Arrays.fill(out, -1);
    int rows = a.shape(0).dim(1);
    int mostPositives = (int) (op.size() * op.positiveFraction());
    long group = a.inputs() > 1 ? a.ints(1)[0] : 0;
    for (int n = 0; n < a.shape(0).dim(0); n++) {
      int first = n * rows;
      Philox random = new Philox(op.seed(), op.offset() + group * SampleBalanced.GROUP + n);
      double[] key = new double[rows];
      for (int i = 0; i < rows; i++) {
        key[i] = -Integer.toUnsignedLong(random.bits(i)); // the smallest keys rank first
      }
      int[] order = Ranking.descending(key);
      int[] positives = first(order, i -> label[first + i] >= 1, mostPositives);
      int room = op.size() - positives.length;
      for (int i : positives) {
        out[first + i] = label[first + i];
      }
      for (int i : first(order, i -> label[first + i] == 0, room)) {
        out[first + i] = 0;
      }
    }
  }

  /** The first {@code most} rows of an order that are eligible. */
  private static int[] first(int[] order, IntPredicate eligible, int most) {
    return Arrays.stream(order).filter(eligible).limit(most).toArray();
  }

  static void indexWhere(IndexWhere op, Operands a) {
    int[] label = a.ints(0);
    double[] index = a.out(0);
    Arrays.fill(index, -1);
    int found = 0;
    for (int i = 0; i < label.length && found < op.capacity(); i++) {
      if (label[i] >= op.minimum()) {
        index[found++] = i;
      }
    }
    a.out(1)[0] = found;
  }

  static void topK(SelectTopK op, Operands a) {
    double[] x = a.in(0);
    int width = a.shape(0).dim(1);
    int k = a.outShape(0).dim(1);
    for (int n = 0; n < a.shape(0).dim(0); n++) {
      double[] row = Ranking.row(x, n * width, width);
      int[] order = Ranking.descending(row);
      for (int i = 0; i < k; i++) {
        a.out(0)[n * k + i] = row[order[i]];
        a.out(1)[n * k + i] = order[i];
      }
    }
  }

  static void nms(Nms op, Operands a) {
    double[] boxes = a.in(0);
    double[] scores = a.in(1);
    int[] valid = a.ints(2);
    double[] index = a.out(0);
    Arrays.fill(index, -1);
    int rows = a.shape(1).dim(1);
    int width = a.outShape(0).dim(1);
    Overlap overlap = new Overlap(a.rounding(0), op.offset());
    for (int s = 0; s < a.shape(1).dim(0); s++) {
      boolean[] candidate = new boolean[rows];
      for (int i = 0; i < rows; i++) {
        candidate[i] = valid[s * rows + i] != 0;
      }
      double[] row = Ranking.row(scores, s * rows, rows);
      Overlap.Ranked ranked = new Overlap.Ranked(row, candidate, 4);
      boolean[] kept = overlap.suppress(boxes, s * rows * 4, ranked, op.threshold());
      int count = 0;
      for (int i = 0; i < rows && count < width; i++) {
        if (kept[i]) {
          index[s * width + count++] = i;
        }
      }
      a.out(1)[s] = count;
    }
  }

  static void proposals(SelectProposals op, Operands a) {
    double[] scores = a.in(1);
    int images = a.shape(1).dim(0);
    int rows = a.shape(1).dim(1);
    Arrays.fill(a.out(1), -1);
    boolean[] chosen = new boolean[scores.length];
    if (op.acrossBatch()) {
      choose(Ranking.descending(scores), 0, op.k(), scores, chosen);
    }
    for (int n = 0; n < images; n++) {
      int first = n * rows;
      int[] order = Ranking.descending(Ranking.row(scores, first, rows));
      if (op.acrossBatch()) {
        Arrays.sort(order);
      } else {
        choose(order, first, op.k(), scores, chosen);
      }
      copy(order, n, chosen, a);
    }
  }

  /** Marks the first {@code k} rows of an order that are present (score not negative). */
  private static void choose(int[] order, int first, int k, double[] scores, boolean[] chosen) {
    for (int i = 0, left = k; i < order.length && left > 0; i++) {
      if (scores[first + order[i]] >= 0) {
        chosen[first + order[i]] = true;
        left--;
      }
    }
  }

  /** Copies the chosen rows of image n, in the given order. */
  private static void copy(int[] order, int n, boolean[] chosen, Operands a) {
    int width = a.outShape(1).dim(1);
    int count = 0;
    for (int i : order) {
      int from = n * order.length + i;
      if (chosen[from]) {
        int to = n * width + count++;
        System.arraycopy(a.in(0), from * 4, a.out(0), to * 4, 4);
        a.out(1)[to] = a.in(1)[from];
      }
    }
    a.out(2)[n] = count;
  }
}
