package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.family.Conventions.AnchorRule;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;

/** Makes the anchors of all pyramid levels for given feature sizes. */
public final class AnchorPyramid {
  private final ModelSettings.Rpn rpn;
  private final AnchorRule rule;
  private final List<List<Float>> cells = new ArrayList<>();

  /** Anchors as the settings and conventions say. */
  public AnchorPyramid(ModelSettings settings) {
    this.rpn = settings.rpn();
    this.rule = settings.conventions().anchors();
    for (int i = 0; i < rpn.strides().length; i++) {
      double[] size = rpn.sizes()[i];
      cells.add(
          switch (rule) {
            case CELL_MIDDLE -> CellAnchors.rounded(rpn.strides()[i], size, rpn.ratios());
            case CORNER_ROUNDED -> CellAnchors.centred(size, rpn.ratios());
            case CORNER -> CellAnchors.exact(size, rpn.ratios());
          });
    }
  }

  /** Anchors per grid cell. */
  public int perCell() {
    return rpn.ratios().length * rpn.sizes()[0].length;
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
      int strideY = quotients ? height / h : rpn.strides()[l];
      int strideX = quotients ? width / w : rpn.strides()[l];
      AnchorGrid grid = new AnchorGrid(h, w, strideY, strideX, cells.get(l));
      levels.add(device.dispatch(grid, List.of()).get(0));
    }
    return levels;
  }
}
