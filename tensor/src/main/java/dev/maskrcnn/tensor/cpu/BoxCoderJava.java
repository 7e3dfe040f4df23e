package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;

/**
 * Box deltas and clipping, in float and in the order of the original. Each task stages a range of
 * boxes.
 */
final class BoxCoderJava {
  private static final int GRAIN = 1024;

  private final Workers workers;

  BoxCoderJava(Workers workers) {
    this.workers = workers;
  }

  private static float[] floats(CoderWeights w) {
    return new float[] {(float) w.x(), (float) w.y(), (float) w.width(), (float) w.height()};
  }

  void encode(KernelCall<BoxEncode> call) {
    Require.f32(call);
    FloatBuffer boxes = call.in(0).floats();
    FloatBuffer targets = call.in(1).floats();
    FloatBuffer out = call.out(0).floats();
    int boxCount = (int) (call.in(0).shape().size() / 4);
    int count = (int) (call.in(1).shape().size() / 4);
    float[] weights = floats(call.op().weights());
    float offset = (float) call.op().offset();
    workers.ranges(
        count,
        GRAIN,
        (from, to) -> {
          float[] box = new float[4];
          float[] delta = new float[4 * (to - from)];
          targets.get(4 * from, delta);
          for (int i = from; i < to; i++) {
            boxes.get(4 * (i % boxCount), box); // boxes of batch 1 serve every image
            encode(box, delta, 4 * (i - from), weights, offset);
          }
          out.put(4 * from, delta);
        });
  }

  /** Replaces the target at {@code d[at…]} by its deltas. */
  private static void encode(float[] box, float[] d, int at, float[] weights, float offset) {
    for (int axis = 0; axis < 2; axis++) {
      float size = box[axis + 2] - box[axis] + offset;
      float centre = box[axis] + 0.5f * size;
      float wanted = d[at + axis + 2] - d[at + axis] + offset;
      float wantedCentre = d[at + axis] + 0.5f * wanted;
      d[at + axis] = weights[axis] * (wantedCentre - centre) / size;
      d[at + axis + 2] = weights[axis + 2] * (float) Math.log(wanted / size);
    }
  }

  void decode(KernelCall<BoxDecode> call) {
    Require.f32(call);
    FloatBuffer boxes = call.in(0).floats();
    FloatBuffer deltas = call.in(1).floats();
    FloatBuffer out = call.out(0).floats();
    int boxCount = (int) (call.in(0).shape().size() / 4);
    int width = call.in(1).shape().dim(2);
    int rows = call.in(1).shape().dim(0) * call.in(1).shape().dim(1);
    workers.ranges(
        rows,
        Math.max(4 * GRAIN / Math.max(width, 1), 1),
        (from, to) -> {
          Decoder decoder = new Decoder(call.op());
          float[] box = new float[4];
          float[] d = new float[width * (to - from)];
          deltas.get(width * from, d);
          for (int i = from; i < to; i++) {
            boxes.get(4 * (i % boxCount), box); // boxes of batch 1 serve every image
            for (int k = (i - from) * width; k < (i - from + 1) * width; k += 4) {
              decoder.decode(box, d, k);
            }
          }
          out.put(width * from, d);
        });
  }

  /** The constants of decoding in float. */
  private static final class Decoder {
    private final float[] weights;
    private final float offset;
    private final float clamp;

    Decoder(BoxDecode op) {
      this.weights = floats(op.weights());
      this.offset = (float) op.offset();
      this.clamp = (float) op.clamp();
    }

    /** Replaces the deltas at {@code d[at…]} by the box. */
    void decode(float[] box, float[] d, int at) {
      for (int axis = 0; axis < 2; axis++) {
        float size = box[axis + 2] - box[axis] + offset;
        float centre = box[axis] + 0.5f * size;
        float shift = d[at + axis] / weights[axis];
        float growth = Math.min(d[at + axis + 2] / weights[axis + 2], clamp);
        float newCentre = shift * size + centre;
        float half = 0.5f * ((float) Math.exp(growth) * size);
        d[at + axis] = newCentre - half;
        d[at + axis + 2] = newCentre + half - offset;
      }
    }
  }

  void clip(KernelCall<ClipBoxes> call) {
    Require.f32(call);
    FloatBuffer boxes = call.in(0).floats();
    FloatBuffer out = call.out(0).floats();
    int[] sizes = HostRows.ints(call.in(1));
    int perImage = (int) call.in(0).shape().size(1, 3);
    float offset = (float) call.op().offset();
    workers.ranges(
        (int) call.in(0).shape().size() / 4,
        8 * GRAIN,
        (from, to) -> {
          float[] b = new float[4 * (to - from)];
          boxes.get(4 * from, b);
          for (int i = 0; i < b.length; i += 2) {
            int n = (4 * from + i) / perImage;
            b[i] = Math.min(Math.max(b[i], 0f), sizes[2 * n + 1] - offset);
            b[i + 1] = Math.min(Math.max(b[i + 1], 0f), sizes[2 * n] - offset);
          }
          out.put(4 * from, b);
        });
  }
}
