package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Masks.MaskTargets;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import java.util.List;

/** Makes the M×M targets of the mask head for positive RoIs. */
final class MaskTargetMaker {
  private MaskTargetMaker() {}

  /**
   * Targets {@code [P,M,M]}.
   *
   * @param rois {@code [P,5]}
   * @param objects I32 {@code [P]}: row of the matched object in the truth
   */
  static Tensor of(Targets truth, Tensor rois, Tensor objects, int size) {
    Device d = rois.device();
    if (truth.masks() instanceof Targets.Outlines o) {
      Tensor boxes = rois.slice(1, 1, 4);
      return d.dispatch(
              new MaskTargets(size), List.of(boxes, objects, o.coords(), o.parts(), o.ranges()))
          .get(0);
    }
    if (truth.masks() instanceof Targets.Bitmaps b) {
      return aligned(d, b, rois, objects, size);
    }
    return d.zeros(
        new dev.maskrcnn.tensor.Spec(
            Shape.of(rois.shape().dim(0), size, size), rois.spec().dtype()));
  }

  /** Pools each object's bitmap in its RoI; the bitmap's row takes the place of the image. */
  private static Tensor aligned(
      Device d, Targets.Bitmaps b, Tensor rois, Tensor objects, int size) {
    float[] rows = rois.toFloats();
    int[] object = objects.toInts();
    for (int i = 0; i < object.length; i++) {
      rows[5 * i] = object[i];
    }
    Tensor at = d.of(rois.shape(), rows);
    Tensor level = d.of(Shape.of(object.length), new int[object.length]);
    RoiAlign align = new RoiAlign(new Grid(size, size, 0, false), List.of(1.0));
    return d.dispatch(align, List.of(at, level, b.images()))
        .get(0)
        .reshape(Shape.of(object.length, size, size));
  }
}
