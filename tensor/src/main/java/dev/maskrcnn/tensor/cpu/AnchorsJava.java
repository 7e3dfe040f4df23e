package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.op.Boxes.AnchorsVisible;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;

/** Anchors and their visibility. */
final class AnchorsJava {
  private static final int GRAIN = 4096;

  private final Workers workers;

  AnchorsJava(Workers workers) {
    this.workers = workers;
  }

  /** One grid row per task. */
  void grid(KernelCall<AnchorGrid> call) {
    AnchorGrid op = call.op();
    float[] cells = new float[op.cells().size()];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = op.cells().get(i);
    }
    FloatBuffer out = call.out(0).floats();
    workers.each(
        op.height(),
        y -> {
          float[] row = new float[op.width() * cells.length];
          float shiftY = y * op.strideY();
          for (int x = 0; x < op.width(); x++) {
            float shiftX = x * op.strideX();
            for (int k = 0; k < cells.length; k += 2) {
              row[x * cells.length + k] = cells[k] + shiftX;
              row[x * cells.length + k + 1] = cells[k + 1] + shiftY;
            }
          }
          out.put(y * row.length, row);
        });
  }

  void visible(KernelCall<AnchorsVisible> call) {
    Require.f32(call);
    double margin = call.op().margin();
    FloatBuffer anchors = call.in(0).floats();
    int[] sizes = HostRows.ints(call.in(1));
    int count = call.in(0).shape().dim(0);
    workers.ranges(
        count,
        GRAIN,
        (from, to) -> {
          float[] b = new float[4 * (to - from)];
          anchors.get(4 * from, b);
          byte[] flag = new byte[to - from];
          for (int n = 0; n < sizes.length / 2; n++) {
            double right = sizes[2 * n + 1] + margin;
            double bottom = sizes[2 * n] + margin;
            for (int i = 0; i < flag.length; i++) {
              boolean inside =
                  b[4 * i] >= -margin
                      && b[4 * i + 1] >= -margin
                      && b[4 * i + 2] < right
                      && b[4 * i + 3] < bottom;
              flag[i] = (byte) (margin < 0 || inside ? 1 : 0);
            }
            call.out(0).memory().host().put(n * count + from, flag);
          }
        });
  }
}
