package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Boxes.SelectDetections;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Final detections: each image gathers its rows above the threshold by class, each (image, class)
 * is suppressed on its own, and each image then takes its best.
 */
final class SelectDetectionsJava {
  private final Workers workers;

  SelectDetectionsJava(Workers workers) {
    this.workers = workers;
  }

  void run(KernelCall<SelectDetections> call) {
    Require.f32(call);
    int images = call.in(1).shape().dim(0);
    int classes = call.in(1).shape().dim(2);
    int[] counts = HostRows.counts(call, 2, call.in(1).shape().dim(1));
    Image[] image = new Image[images];
    workers.each(images, n -> image[n] = new Image(call, n, counts[n]));
    workers.each(images * classes, i -> image[i / classes].suppress(call.op(), i % classes));
    workers.each(images, n -> image[n].write(call, n));
  }

  /** The candidates of one image, class ascending, then row. */
  private static final class Image {
    /** Candidates of class k are {@code start[k] … start[k+1]−1}. */
    private final int[] start;

    private final int[] row;
    private final float[] score;
    private final float[] box;

    /** How many candidates of each class survived; they come first in their range. */
    private final int[] kept;

    Image(KernelCall<SelectDetections> call, int n, int rows) {
      int classes = call.in(1).shape().dim(2);
      int first = n * call.in(1).shape().dim(1) * classes;
      float[] p = new float[rows * classes];
      call.in(1).floats().get(first, p);
      float threshold = (float) call.op().rule().scoreThreshold();
      this.start = new int[classes + 1];
      for (int i = 0; i < p.length; i++) {
        if (p[i] > threshold && i % classes != 0) {
          start[i % classes + 1]++;
        }
      }
      for (int k = 0; k < classes; k++) {
        start[k + 1] += start[k];
      }
      this.row = new int[start[classes]];
      this.score = new float[row.length];
      this.box = new float[4 * row.length];
      this.kept = new int[classes];
      FloatBuffer boxes = call.in(0).floats();
      int[] next = start.clone();
      for (int i = 0; i < p.length; i++) {
        if (p[i] > threshold && i % classes != 0) {
          int to = next[i % classes]++;
          row[to] = i / classes;
          score[to] = p[i];
          boxes.get(4 * (first + i), box, 4 * to, 4);
        }
      }
    }

    /** Moves the survivors of class k to the front of its range, rows ascending. */
    void suppress(SelectDetections op, int k) {
      int from = start[k];
      int to = start[k + 1];
      if (from == to) {
        return;
      }
      BoxGeometry overlap = new BoxGeometry(op.offset());
      float minimum = (float) op.rule().minimumSize();
      RankedKeys keys = new RankedKeys(to - from);
      for (int i = from; i < to; i++) {
        if (overlap.atLeast(box, 4 * i, minimum)) {
          keys.add(RankedKeys.key(score[i]), i);
        }
      }
      int[] order = keys.descending();
      Suppression nms = new Suppression(op.rule().nmsThreshold(), op.offset());
      int count = nms.run(box, order, order.length);
      Arrays.sort(order, 0, count);
      for (int i = 0; i < count; i++) {
        move(order[i], from + i);
      }
      kept[k] = count;
    }

    private void move(int from, int to) {
      row[to] = row[from];
      score[to] = score[from];
      System.arraycopy(box, 4 * from, box, 4 * to, 4);
    }

    void write(KernelCall<SelectDetections> call, int n) {
      int[] chosen = choose(call.op());
      int d = call.op().capacity();
      float[] boxes = new float[4 * d];
      float[] scores = new float[d];
      int[] labels = new int[d];
      int[] rows = new int[d];
      Arrays.fill(scores, -1f);
      Arrays.fill(labels, -1);
      Arrays.fill(rows, -1);
      for (int i = 0; i < chosen.length; i++) {
        int c = chosen[i];
        System.arraycopy(box, 4 * c, boxes, 4 * i, 4);
        scores[i] = score[c];
        labels[i] = label(c);
        rows[i] = row[c];
      }
      call.out(0).floats().put(4 * n * d, boxes);
      call.out(1).floats().put(n * d, scores);
      call.out(2).ints().put(n * d, labels);
      call.out(3).ints().put(n * d, rows);
      call.out(4).ints().put(n, chosen.length);
    }

    /** The survivors within the limit and the capacity, in the order of the rule. */
    private int[] choose(SelectDetections op) {
      RankedKeys keys = new RankedKeys(row.length);
      for (int k = 0; k < kept.length; k++) {
        for (int i = start[k]; i < start[k] + kept[k]; i++) {
          keys.add(RankedKeys.key(score[i]), i);
        }
      }
      int[] ranked = keys.descending();
      int keep = ranked.length;
      int limit = op.rule().limit();
      if (limit > 0 && keep > limit) {
        keep = limit;
        while (op.rule().ties()
            && keep < ranked.length
            && score[ranked[keep]] == score[ranked[limit - 1]]) {
          keep++;
        }
      }
      int[] best = Arrays.copyOf(ranked, Math.min(keep, op.capacity()));
      if (op.rule().ties()) {
        Arrays.sort(best);
      }
      return best;
    }

    private int label(int candidate) {
      int k = 0;
      while (start[k + 1] <= candidate) {
        k++;
      }
      return k;
    }
  }
}
