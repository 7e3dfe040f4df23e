package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.List;

/** Pooling of regions from feature pyramids. RoIs are rows (image index, x1, y1, x2, y2). */
public sealed interface RegionOfInterest extends Op {

  /**
   * Which pyramid level a box is pooled from (FPN, Lin et al. 2017, eq. 1): {@code clamp(⌊canonical
   * + log2(sqrt(area)/size + 1e-6)⌋, lowest, highest) − lowest} with area (w+offset)(h+offset).
   * Input rois {@code [R,5]}; output I32 {@code [R]}.
   */
  record RoiLevels(int lowest, int highest, int canonicalLevel, double canonicalSize, double offset)
      implements RegionOfInterest {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Check.rank(this, in, 0, 2);
      Check.floating(this, in, 0);
      Check.that(this, in, in.get(0).shape().dim(1) == 5, "rois must have 5 columns");
      return List.of(new Spec(Shape.of(in.get(0).shape().dim(0)), DType.I32));
    }
  }

  /**
   * Size and sampling of RoIAlign (He et al. 2017). {@code samplingRatio} 0 adapts to the RoI:
   * ⌈size/bins⌉ samples. {@code aligned} shifts by half a pixel (detectron2) and drops the minimum
   * RoI size of 1.
   */
  record Grid(int height, int width, int samplingRatio, boolean aligned) {}

  /**
   * Pools each RoI from its level: inputs rois {@code [R,5]}, level I32 {@code [R]}, then one
   * feature map {@code [N,H,W,C]} per scale; output {@code [R,height,width,C]}. A RoI with a
   * negative image index gives zeros.
   */
  record RoiAlign(Grid grid, List<Double> scales) implements RegionOfInterest {
    public RoiAlign {
      scales = List.copyOf(scales);
    }

    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2 + scales.size());
      Check.rank(this, in, 0, 2);
      Check.floating(this, in, 0);
      Check.that(this, in, in.get(0).shape().dim(1) == 5, "rois must have 5 columns");
      Check.dtype(this, in, 1, DType.I32);
      Check.shape(this, in, 1, Shape.of(in.get(0).shape().dim(0)));
      Check.rank(this, in, 2, 4);
      int c = in.get(2).shape().dim(-1);
      for (int i = 2; i < in.size(); i++) {
        Check.rank(this, in, i, 4);
        Check.floating(this, in, 2, i);
        Check.that(this, in, in.get(i).shape().dim(3) == c, "levels differ in channels");
      }
      Shape y = Shape.of(in.get(0).shape().dim(0), grid.height(), grid.width(), c);
      return List.of(new Spec(y, in.get(2).dtype()));
    }
  }

  /**
   * Gradient of {@link RoiAlign} by the feature maps: inputs dy, rois, level; one output per level
   * of the given shapes. Boxes get no gradient.
   */
  record RoiAlignBackward(Grid grid, List<Double> scales, List<Shape> features)
      implements RegionOfInterest {
    public RoiAlignBackward {
      scales = List.copyOf(scales);
      features = List.copyOf(features);
    }

    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 3);
      Check.rank(this, in, 0, 4);
      Check.floating(this, in, 0);
      Check.floating(this, in, 1);
      Check.dtype(this, in, 2, DType.I32);
      Shape dy = in.get(0).shape();
      Check.shape(this, in, 1, Shape.of(dy.dim(0), 5));
      Check.shape(this, in, 2, Shape.of(dy.dim(0)));
      Check.that(
          this,
          in,
          dy.dim(1) == grid.height() && dy.dim(2) == grid.width(),
          "the output gradient does not belong to the grid");
      for (Shape f : features) {
        Check.that(this, in, f.rank() == 4 && f.dim(3) == dy.dim(3), "channels differ from " + f);
      }
      List<Spec> out = new ArrayList<>();
      for (Shape f : features) {
        out.add(new Spec(f, in.get(0).dtype()));
      }
      return out;
    }
  }

  /**
   * RoIPool (Girshick 2015): the maximum of each bin, with bins at whole pixels. Inputs rois {@code
   * [R,5]} and one feature map {@code [N,H,W,C]} of {@code scale} against the image; outputs {@code
   * [R,height,width,C]} and the winner's pixel {@code row·W + column} in its image, I32 of that
   * shape (the first wins ties). An empty bin gives 0 and the winner −1, as does a RoI with a
   * negative image index.
   */
  record RoiPool(int height, int width, double scale) implements RegionOfInterest {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 2);
      Check.floating(this, in, 0);
      Check.that(this, in, in.get(0).shape().dim(1) == 5, "rois must have 5 columns");
      Check.rank(this, in, 1, 4);
      Check.floating(this, in, 1);
      Shape map = in.get(1).shape();
      Shape y = Shape.of(in.get(0).shape().dim(0), height, width, map.dim(3));
      return List.of(new Spec(y, in.get(1).dtype()), new Spec(y, DType.I32));
    }
  }

  /**
   * Gradient of {@link RoiPool} by the feature map: inputs dy, winner, rois; output of the shape
   * {@code features}. Boxes get no gradient.
   */
  record RoiPoolBackward(double scale, Shape features) implements RegionOfInterest {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 3);
      Check.rank(this, in, 0, 4);
      Check.floating(this, in, 0);
      Shape dy = in.get(0).shape();
      Check.dtype(this, in, 1, DType.I32);
      Check.shape(this, in, 1, dy);
      Check.floating(this, in, 2);
      Check.shape(this, in, 2, Shape.of(dy.dim(0), 5));
      Check.that(
          this,
          in,
          features.rank() == 4 && features.dim(3) == dy.dim(3),
          "channels differ from " + features);
      return List.of(new Spec(features, in.get(0).dtype()));
    }
  }
}
