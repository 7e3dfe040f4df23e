package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.util.Arrays;

/** Non-maximum suppression, one segment per task. */
final class NmsJava {
  private final Workers workers;

  NmsJava(Workers workers) {
    this.workers = workers;
  }

  void run(KernelCall<Nms> call) {
    Require.f32(call);
    workers.each(call.in(1).shape().dim(0), s -> segment(call, s));
  }

  private static void segment(KernelCall<Nms> call, int s) {
    int rows = call.in(1).shape().dim(1);
    int width = call.out(0).shape().dim(1);
    float[] scores = new float[rows];
    byte[] valid = new byte[rows];
    float[] boxes = new float[4 * rows];
    call.in(1).floats().get(s * rows, scores);
    call.in(2).memory().host().get(s * rows, valid);
    call.in(0).floats().get(4 * s * rows, boxes);
    RankedKeys keys = new RankedKeys(rows);
    boolean sorted = true;
    float last = Float.POSITIVE_INFINITY;
    for (int i = 0; i < rows; i++) {
      if (valid[i] != 0) {
        sorted &= scores[i] <= last;
        last = scores[i];
        keys.add(RankedKeys.key(scores[i]), i);
      }
    }
    int[] order = sorted ? keys.ascending() : keys.descending();
    Nms op = call.op();
    // In sorted input the rank is the index, so the first survivors are the wanted ones.
    int kept =
        new Suppression(op.threshold(), op.offset())
            .run(boxes, order, sorted ? width : Integer.MAX_VALUE);
    int[] index = new int[width];
    Arrays.fill(index, -1);
    Arrays.sort(order, 0, kept);
    int count = Math.min(kept, width);
    System.arraycopy(order, 0, index, 0, count);
    call.out(0).ints().put(s * width, index);
    call.out(1).ints().put(s, count);
  }
}
