package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.IndexWhere;
import dev.maskrcnn.tensor.op.Masks.ObjectRows;
import dev.maskrcnn.tensor.op.Movement.LabelsAt;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.IntBuffer;
import java.util.Arrays;

/** Labels of boxes, and the rows that have them. */
final class LabelsJava {
  private static final int GRAIN = 8192;

  private final Workers workers;

  LabelsJava(Workers workers) {
    this.workers = workers;
  }

  void assign(KernelCall<AssignLabels> call) {
    IntBuffer match = call.in(0).ints();
    IntBuffer out = call.out(0).ints();
    int[] labels = HostRows.ints(call.in(1));
    int columns = call.in(0).shape().dim(1);
    int truths = call.in(1).shape().dim(1);
    workers.ranges(
        (int) call.in(0).shape().size(),
        GRAIN,
        (from, to) -> {
          int[] m = new int[to - from];
          match.get(from, m);
          byte[] visible = new byte[m.length];
          if (call.op().visibility()) {
            call.in(2).memory().host().get(from, visible);
          } else {
            Arrays.fill(visible, (byte) 1);
          }
          for (int i = 0; i < m.length; i++) {
            if (visible[i] == 0 || m[i] < -1) {
              m[i] = -1;
            } else if (m[i] == -1) {
              m[i] = 0;
            } else {
              int g = HostRows.index(call, 0, from + i, m[i], truths);
              m[i] = labels[(from + i) / columns * truths + g];
            }
          }
          out.put(from, m);
        });
  }

  static void indexWhere(KernelCall<IndexWhere> call) {
    IndexWhere op = call.op();
    IntBuffer label = call.in(0).ints();
    int size = (int) call.in(0).shape().size();
    int[] index = new int[op.capacity()];
    Arrays.fill(index, -1);
    int[] block = new int[Math.min(size, GRAIN)];
    int found = 0;
    for (int from = 0; from < size && found < op.capacity(); from += block.length) {
      int n = Math.min(block.length, size - from);
      label.get(from, block, 0, n);
      for (int i = 0; i < n && found < op.capacity(); i++) {
        if (block[i] >= op.minimum()) {
          index[found++] = from + i;
        }
      }
    }
    call.out(0).ints().put(0, index);
    call.out(1).ints().put(0, found);
  }

  static void labelsAt(KernelCall<LabelsAt> call) {
    IntBuffer label = call.in(0).ints();
    int count = (int) call.in(0).shape().size();
    int[] at = HostRows.ints(call.in(1));
    for (int r = 0; r < at.length; r++) {
      at[r] = at[r] < 0 ? -1 : label.get(HostRows.index(call, 1, r, at[r], count));
    }
    call.out(0).ints().put(0, at);
  }

  static void objectRows(KernelCall<ObjectRows> call) {
    int[] match = HostRows.ints(call.in(0));
    int columns = call.in(0).shape().dim(1);
    int objects = call.op().objects();
    for (int i = 0; i < match.length; i++) {
      match[i] = match[i] < 0 ? -1 : i / columns * objects + match[i];
    }
    call.out(0).ints().put(0, match);
  }
}
