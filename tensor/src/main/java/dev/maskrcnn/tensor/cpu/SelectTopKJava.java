package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Boxes.SelectTopK;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/** The k largest of each row, one row per task. */
final class SelectTopKJava {
  private final Workers workers;

  SelectTopKJava(Workers workers) {
    this.workers = workers;
  }

  void run(KernelCall<SelectTopK> call) {
    Require.f32(call);
    int width = call.in(0).shape().dim(1);
    int k = call.out(0).shape().dim(1);
    FloatBuffer x = call.in(0).floats();
    FloatBuffer values = call.out(0).floats();
    IntBuffer indices = call.out(1).ints();
    workers.each(
        call.in(0).shape().dim(0),
        n -> {
          float[] row = new float[width];
          x.get(n * width, row);
          RankedKeys keys = new RankedKeys(width);
          for (int i = 0; i < width; i++) {
            keys.add(RankedKeys.key(row[i]), i);
          }
          keys.keepLargest(k);
          int[] best = keys.descending();
          float[] value = new float[k];
          for (int i = 0; i < k; i++) {
            value[i] = row[best[i]];
          }
          values.put(n * k, value);
          indices.put(n * k, best);
        });
  }
}
