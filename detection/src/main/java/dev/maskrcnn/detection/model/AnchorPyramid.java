package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.family.Conventions.AnchorRule;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;

/** Makes the anchors of all pyramid levels for given feature sizes. */
final class AnchorPyramid {
  private final ModelSettings.Anchors anchors;
  private final AnchorRule rule;
  private final List<List<Float>> cells = new ArrayList<>();

  /** Anchors where the rule puts them. */
  public AnchorPyramid(ModelSettings.Anchors anchors, AnchorRule rule) {
    this.anchors = anchors;
    this.rule = rule;
    for (int i = 0; i < anchors.strides().length; i++) {
      double[] size = anchors.sizes()[i];
      cells.add(
          switch (rule) {
            case CELL_MIDDLE -> CellAnchors.rounded(anchors.strides()[i], size, anchors.ratios());
            case CORNER_ROUNDED -> CellAnchors.centred(size, anchors.ratios());
            case CORNER -> CellAnchors.exact(size, anchors.ratios());
          });
    }
  }

  /** Cell anchors of a level, {@code 4·perCell} numbers. */
  public List<Float> cells(int level) {
    return cells.get(level);
  }

  /**
   * Anchors per level, each {@code [H·W·A,4]} in (y, x, anchor) order.
   *
   * @param features shapes {@code [N,H,W,C]} of the levels
   * @param height height of the padded batch (torchvision's strides are its quotient by H)
   */
  public List<Tensor> levels(Device device, List<Shape> features, int height, int width) {
    List<Tensor> levels = new ArrayList<>();
    boolean quotients = rule == AnchorRule.CORNER_ROUNDED;
    for (int l = 0; l < features.size(); l++) {
      int h = features.get(l).dim(1);
      int w = features.get(l).dim(2);
      int strideY = quotients ? height / h : anchors.strides()[l];
      int strideX = quotients ? width / w : anchors.strides()[l];
      AnchorGrid grid = new AnchorGrid(h, w, strideY, strideX, cells.get(l));
      levels.add(device.dispatch(grid, List.of()).get(0));
    }
    return levels;
  }
}
