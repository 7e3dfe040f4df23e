package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * Matching without the IoU matrix, block by block of boxes. Neighbouring anchors lie close
 * together, so most truths miss the hull of a block and are skipped with one test. The best IoU of
 * each truth in each block is kept; the second pass, for low quality, looks again only into the
 * blocks that hold a truth's overall best.
 */
final class MatchBoxesJava {
  private static final int BLOCK = 128;
  private static final int BELOW = -1;
  private static final int BETWEEN = -2;

  private final Workers workers;

  MatchBoxesJava(Workers workers) {
    this.workers = workers;
  }

  void run(KernelCall<MatchBoxes> call) {
    Require.f32(call);
    int truthRows = call.in(0).shape().dim(1);
    int boxRows = call.in(2).shape().dim(1);
    int[] truths = HostRows.counts(call, 1, truthRows);
    int[] counts = HostRows.counts(call, 3, boxRows);
    for (int n = 0; n < truths.length; n++) {
      float[] truth = new float[4 * truths[n]];
      call.in(0).floats().get(4 * n * truthRows, truth);
      int firstBox = call.in(2).shape().dim(0) == 1 ? 0 : n * boxRows;
      new Image(call, truth, firstBox, n * boxRows, counts[n]).match(workers, boxRows);
    }
  }

  /** The matching of one image. */
  private static final class Image {
    private final MatchBoxes op;
    private final BoxGeometry overlap;
    private final float[] truth;
    private final int truths;
    private final FloatBuffer boxes;
    private final int firstBox;
    private final IntBuffer out;
    private final int firstOut;
    private final int count;

    /** Best truth of each box, whatever its IoU. */
    private final int[] best;

    /** Best IoU of truth g in block b at {@code b·truths + g}. */
    private final float[] blockBest;

    Image(KernelCall<MatchBoxes> call, float[] truth, int firstBox, int firstOut, int count) {
      this.op = call.op();
      this.overlap = new BoxGeometry(op.offset());
      this.truth = truth;
      this.truths = truth.length / 4;
      this.boxes = call.in(2).floats();
      this.firstBox = firstBox;
      this.out = call.out(0).ints();
      this.firstOut = firstOut;
      this.count = count;
      this.best = new int[count];
      this.blockBest = new float[blocks() * truths];
    }

    private int blocks() {
      return (count + BLOCK - 1) / BLOCK;
    }

    void match(Workers workers, int rows) {
      workers.ranges(blocks(), 32, this::firstPass);
      if (op.lowQuality() && truths > 0) {
        float[] most = new float[truths];
        for (int i = 0; i < blockBest.length; i++) {
          most[i % truths] = Math.max(most[i % truths], blockBest[i]);
        }
        workers.ranges(blocks(), 32, (from, to) -> secondPass(from, to, most));
      }
      int[] absent = new int[rows - count];
      Arrays.fill(absent, BETWEEN);
      out.put(firstOut + count, absent);
    }

    private void firstPass(int fromBlock, int toBlock) {
      float[] box = new float[4 * BLOCK];
      float[] value = new float[BLOCK];
      int[] index = new int[BLOCK];
      for (int b = fromBlock; b < toBlock; b++) {
        int n = stage(b, box);
        Arrays.fill(value, 0f);
        Arrays.fill(index, 0);
        float[] hull = hull(box, n);
        for (int g = 0; g < truths; g++) {
          if (overlap.meet(hull, 0, truth, 4 * g)) {
            blockBest[b * truths + g] = improve(g, box, n, value, index);
          }
        }
        System.arraycopy(index, 0, best, b * BLOCK, n);
        decide(index, value, n);
        out.put(firstOut + b * BLOCK, index, 0, n);
      }
    }

    /** Copies a block of boxes and returns how many it has. */
    private int stage(int block, float[] box) {
      int n = Math.min(BLOCK, count - block * BLOCK);
      boxes.get(4 * (firstBox + block * BLOCK), box, 0, 4 * n);
      return n;
    }

    private static float[] hull(float[] box, int n) {
      float[] h = Arrays.copyOf(box, 4);
      for (int i = 4; i < 4 * n; i += 4) {
        h[0] = Math.min(h[0], box[i]);
        h[1] = Math.min(h[1], box[i + 1]);
        h[2] = Math.max(h[2], box[i + 2]);
        h[3] = Math.max(h[3], box[i + 3]);
      }
      return h;
    }

    /** Lets truth g take the boxes that it overlaps most so far; returns its best IoU. */
    private float improve(int g, float[] box, int n, float[] value, int[] index) {
      float most = 0;
      for (int i = 0; i < n; i++) {
        float iou = overlap.iou(truth, 4 * g, box, 4 * i);
        if (iou > value[i]) {
          value[i] = iou;
          index[i] = g;
        }
        most = Math.max(most, iou);
      }
      return most;
    }

    /** Replaces the index of the best truth by the match. */
    private void decide(int[] index, float[] value, int n) {
      float high = (float) op.high();
      float low = (float) op.low();
      for (int i = 0; i < n; i++) {
        if (truths == 0 || value[i] < low && value[i] < high) {
          index[i] = BELOW;
        } else if (value[i] < high) {
          index[i] = BETWEEN;
        }
      }
    }

    private void secondPass(int fromBlock, int toBlock, float[] most) {
      float[] box = new float[4 * BLOCK];
      for (int b = fromBlock; b < toBlock; b++) {
        int n = 0;
        for (int g = 0; g < truths; g++) {
          if (blockBest[b * truths + g] == most[g]) {
            n = n == 0 ? stage(b, box) : n;
            restore(g, most[g], box, b * BLOCK, n);
          }
        }
      }
    }

    /** Boxes of a block that reach truth g's best IoU keep their own best truth. */
    private void restore(int g, float most, float[] box, int first, int n) {
      for (int i = 0; i < n; i++) {
        if (overlap.iou(truth, 4 * g, box, 4 * i) == most) {
          out.put(firstOut + first + i, best[first + i]);
        }
      }
    }
  }
}
