package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Boxes.SelectProposals;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.util.Arrays;

/** The best proposals of a batch or of each of its images. */
final class SelectProposalsJava {
  private final Workers workers;

  SelectProposalsJava(Workers workers) {
    this.workers = workers;
  }

  void run(KernelCall<SelectProposals> call) {
    Require.f32(call);
    SelectProposals op = call.op();
    int rows = call.in(1).shape().dim(1);
    float[] scores = HostRows.floats(call.in(1));
    if (!op.acrossBatch()) {
      workers.each(
          call.in(1).shape().dim(0),
          n -> {
            RankedKeys best = best(scores, n * rows, (n + 1) * rows, op.k());
            write(call, n, best.descending(), 0, best.count());
          });
      return;
    }
    int[] best = best(scores, 0, scores.length, op.k()).ascending();
    int from = 0;
    for (int n = 0; n < call.in(1).shape().dim(0); n++) {
      int to = from;
      while (to < best.length && best[to] < (n + 1) * rows) {
        to++;
      }
      write(call, n, best, from, to);
      from = to;
    }
  }

  private static RankedKeys best(float[] scores, int from, int to, int k) {
    RankedKeys keys = new RankedKeys(to - from);
    for (int i = from; i < to; i++) {
      if (scores[i] >= 0) {
        keys.add(RankedKeys.key(scores[i]), i);
      }
    }
    keys.keepLargest(k);
    return keys;
  }

  /** Writes image n from the flat positions {@code chosen[from…to)}. */
  private static void write(
      KernelCall<SelectProposals> call, int n, int[] chosen, int from, int to) {
    int width = call.out(1).shape().dim(1);
    float[] box = new float[4 * width];
    float[] score = new float[width];
    Arrays.fill(score, -1f);
    for (int i = from; i < to; i++) {
      call.in(0).floats().get(4 * chosen[i], box, 4 * (i - from), 4);
      score[i - from] = call.in(1).floats().get(chosen[i]);
    }
    call.out(0).floats().put(4 * n * width, box);
    call.out(1).floats().put(n * width, score);
    call.out(2).ints().put(n, to - from);
  }
}
