package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.ModelSettings.Pool;
import dev.maskrcnn.tensor.ArrayOps;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Assigns RoIs to pyramid levels P2–P5 and pools them there. */
public final class RoiPooler {
  private final RoiAlign align;
  private final RoiLevels levels;

  /**
   * A pooler for one head.
   *
   * @param canonicalSize side in pixels of a box that belongs to level 4 (224 for ImageNet bodies)
   */
  public RoiPooler(Pool pool, double canonicalSize, Conventions conventions) {
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
                conventions.alignedPooling()),
            scales);
    this.levels = new RoiLevels(2, 1 + scales.size(), 4, canonicalSize, conventions.boxOffset());
  }

  /** Level index of each RoI, I32 {@code [R]}. */
  public Tensor levels(Tensor rois) {
    return rois.device().dispatch(levels, List.of(rois)).get(0);
  }

  /**
   * Pools RoIs {@code [R,5]} from the finest levels of a pyramid: {@code [R,P,P,C]}.
   *
   * @param constant lifts a tensor to the type of the features
   */
  public <T extends ArrayOps<T>> T pool(
      List<T> pyramid, Tensor rois, Function<Tensor, T> constant) {
    List<T> inputs = new ArrayList<>();
    inputs.add(constant.apply(rois));
    inputs.add(constant.apply(levels(rois)));
    inputs.addAll(pyramid.subList(0, align.scales().size()));
    return pyramid.get(0).bind(align, inputs).get(0);
  }
}
