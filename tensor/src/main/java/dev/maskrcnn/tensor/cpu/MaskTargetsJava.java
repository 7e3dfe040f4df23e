package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.Masks.MaskTargets;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Mask targets, a few RoIs per task. */
final class MaskTargetsJava {
  private static final int GRAIN = 8;

  private final Workers workers;

  MaskTargetsJava(Workers workers) {
    this.workers = workers;
  }

  void run(KernelCall<MaskTargets> call) {
    Require.f32(call);
    int size = call.op().size();
    float[] boxes = HostRows.floats(call.in(0));
    int[] instance = HostRows.ints(call.in(1));
    Polygons polygons = new Polygons(call);
    FloatBuffer out = call.out(0).floats();
    workers.ranges(
        instance.length,
        GRAIN,
        (from, to) -> {
          MaskRaster raster = new MaskRaster(size);
          float[] mask = new float[size * size];
          for (int p = from; p < to; p++) {
            Arrays.fill(mask, 0f);
            if (instance[p] >= 0) {
              int g = HostRows.index(call, 1, p, instance[p], polygons.instances());
              for (int q = polygons.ranges[g]; q < polygons.ranges[g + 1]; q++) {
                raster.fill(polygons.cropped(q, boxes, 4 * p, size), mask);
              }
            }
            out.put(p * mask.length, mask);
          }
        });
  }

  /** The polygons of a call. */
  private static final class Polygons {
    private final float[] coords;
    private final int[] parts;
    private final int[] ranges;

    Polygons(KernelCall<MaskTargets> call) {
      this.coords = HostRows.floats(call.in(2));
      this.parts = HostRows.ints(call.in(3));
      this.ranges = HostRows.ints(call.in(4));
    }

    int instances() {
      return ranges.length - 1;
    }

    /** Polygon q in pixels of a raster of {@code size} over a box; float as in the original. */
    float[] cropped(int q, float[] boxes, int at, int size) {
      float[] xy = Arrays.copyOfRange(coords, parts[q], parts[q + 1]);
      float width = Math.max(boxes[at + 2] - boxes[at], 1f);
      float height = Math.max(boxes[at + 3] - boxes[at + 1], 1f);
      for (int i = 0; i + 1 < xy.length; i += 2) {
        xy[i] = (xy[i] - boxes[at]) * size / width;
        xy[i + 1] = (xy[i + 1] - boxes[at + 1]) * size / height;
      }
      return xy;
    }
  }
}
