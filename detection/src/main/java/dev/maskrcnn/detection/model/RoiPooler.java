package dev.maskrcnn.detection.model;

import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.ModelSettings.Pool;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import java.util.ArrayList;
import java.util.List;

/** Assigns RoIs to pyramid levels P2–P5 and pools them there. */
final class RoiPooler {
  private final RoiAlign align;
  private final RoiLevels levels;

  /** A pooler for one head. */
  public RoiPooler(Pool pool, Conventions conventions) {
    List<Double> scales = new ArrayList<>();
    for (double s : pool.scales()) {
      scales.add(s);
    }
    this.align =
        new RoiAlign(
            new Grid(
                pool.resolution(),
                pool.resolution(),
                pool.samplingRatio(),
                conventions.geometry().alignedPooling()),
            scales);
    this.levels =
        new RoiLevels(2, 1 + scales.size(), 4, pool.canonicalSize(), conventions.boxOffset());
  }

  /** Level index of each RoI, I32 {@code [R]}. */
  public Tensor levels(Tensor rois) {
    return rois.device().dispatch(levels, List.of(rois)).get(0);
  }

  /** Pools RoIs {@code [R,5]} from the finest levels of a pyramid: {@code [R,P,P,C]}. */
  public Variable pool(List<Variable> pyramid, Tensor rois) {
    List<Variable> inputs = new ArrayList<>();
    inputs.add(Variable.constant(rois));
    inputs.add(Variable.constant(levels(rois)));
    inputs.addAll(pyramid.subList(0, align.scales().size()));
    return pyramid.get(0).bind(align, inputs).get(0);
  }
}
