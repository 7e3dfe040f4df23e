package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Masks.IgnoreRows;
import dev.maskrcnn.tensor.op.Masks.MaskTargets;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/** Makes the M×M targets of the mask head for positive RoIs. */
final class MaskTargetMaker {
  private MaskTargetMaker() {}

  /**
   * Targets {@code [P,M,M]}; −1, which the loss ignores, in the padding.
   *
   * @param positives the RoIs; their objects are rows of the truth
   */
  static Tensor of(Targets truth, RoiSampler.Positives positives, int size) {
    Tensor rois = positives.rois();
    Tensor targets = unmarked(truth, rois, positives.objects(), size);
    return rois.device().dispatch(new IgnoreRows(), List.of(targets, positives.labels())).get(0);
  }

  private static Tensor unmarked(Targets truth, Tensor rois, Tensor objects, int size) {
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
    return d.filled(new Spec(Shape.of(rois.shape().dim(0), size, size), rois.spec().dtype()), 0);
  }

  /** Pools each object's bitmap in its RoI; the bitmap's row takes the place of the image. */
  private static Tensor aligned(
      Device d, Targets.Bitmaps b, Tensor rois, Tensor objects, int size) {
    int count = objects.shape().dim(0);
    Tensor rows = d.dispatch(new Cast(rois.spec().dtype()), List.of(objects)).get(0);
    Tensor at = rows.reshape(Shape.of(count, 1)).concat(List.of(rois.slice(1, 1, 4)), 1);
    Tensor level = d.filled(objects.spec(), 0);
    RoiAlign align = new RoiAlign(new Grid(size, size, 0, false), List.of(1.0));
    return d.dispatch(align, List.of(at, level, b.images()))
        .get(0)
        .reshape(Shape.of(count, size, size));
  }
}
