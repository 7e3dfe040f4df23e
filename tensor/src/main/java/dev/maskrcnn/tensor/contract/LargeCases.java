package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.op.Boxes.AnchorsVisible;
import dev.maskrcnn.tensor.op.Boxes.AppendBoxes;
import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.BoxIou;
import dev.maskrcnn.tensor.op.Boxes.BoxesAtLeast;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Boxes.RoisAt;
import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.op.Masks.MaskTargets;
import dev.maskrcnn.tensor.op.Movement.BatchGather;
import dev.maskrcnn.tensor.op.Movement.GatherRows;
import dev.maskrcnn.tensor.op.Movement.GatherRowsBackward;
import dev.maskrcnn.tensor.op.Movement.SelectClass;
import dev.maskrcnn.tensor.op.Movement.SelectClassBackward;
import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.op.Normalization.Softmax;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2d;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearest;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearestBackward;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPool;
import dev.maskrcnn.tensor.op.Update.SgdStep;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * Operands of many blocks. 65,537 is prime and beyond 2^16: no multiple of a vector, a warp or a
 * block, and more than one grid may have along y. What is quadratic in its rows (Nms, selection of
 * proposals) is in its own family with fewer.
 */
final class LargeCases {
  private static final int MANY = 65_537;
  private static final String NAME = "65537";

  private final CaseList list;
  private final Draw draw = new Draw(31);

  private LargeCases(CaseList list) {
    this.list = list;
  }

  static void collect(CaseList list) {
    LargeCases large = new LargeCases(list);
    large.anchors();
    large.boxes();
    large.rows();
    large.maps();
    large.regions();
    large.masks();
  }

  private void anchors() {
    Operand anchors = draw.boxes(64, 40, MANY);
    Operand sizes = Operand.i32(Shape.of(2, 2), 37, 61, 48, 64);
    list.exact(NAME, new AnchorGrid(1, MANY, 4, 4, List.of(-22f, -10f, 25f, 13f)));
    list.exact(NAME, new AnchorsVisible(0), anchors, sizes);
    Operand truth = draw.boxes(64, 40, 2, 37);
    Operand both = Operand.i32(MANY, MANY - 1);
    MatchBoxes match = new MatchBoxes(0.7, 0.3, true, 1);
    list.exact(NAME, match, truth, Operand.i32(37, 33), anchors.reshape(1, MANY, 4), both);
    list.exact(NAME, new AssignLabels(false), draw.ints(-2, 5, 1, MANY), draw.ints(1, 81, 1, 5));
  }

  private void boxes() {
    Operand boxes = draw.boxes(300, 90, 1, MANY);
    Operand sizes = Operand.i32(Shape.of(1, 2), 200, 180);
    CoderWeights weights = new CoderWeights(10, 10, 5, 5);
    list.add(NAME, new BoxEncode(weights, 1), boxes, draw.boxes(300, 90, 1, MANY));
    list.add(NAME, new BoxDecode(weights, 1, 4), boxes, draw.normal(1, MANY, 4));
    list.exact(NAME, new ClipBoxes(1), boxes, sizes);
    list.exact(NAME, new BoxesAtLeast(20, 1), boxes);
    list.exact(NAME, new RoisAt(), boxes, draw.ints(-1, MANY, MANY));
    list.exact(
        NAME,
        new AppendBoxes(),
        boxes,
        Operand.i32(MANY - 3),
        draw.boxes(300, 90, 1, 33),
        Operand.i32(31));
    list.add(1e-6, NAME, new BoxIou(1), draw.boxes(50, 40, 1), draw.boxes(50, 40, MANY));
    list.exact(NAME, new RoiLevels(2, 5, 4, 224, 1), draw.rois(2, 900, MANY));
  }

  private void rows() {
    list.exact(NAME, new BatchGather(), draw.normal(1, MANY, 3), draw.ints(-1, MANY, 1, MANY));
    list.exact(NAME, new GatherRows(), draw.normal(MANY), draw.ints(-1, MANY, MANY));
    list.add(NAME, new GatherRowsBackward(9), draw.normal(4001, 17), draw.ints(-1, 9, 4001));
    Operand label = draw.ints(-1, 3, MANY);
    list.exact(NAME, new SelectClass(1), draw.normal(MANY, 1, 3), label);
    list.exact(NAME, new SelectClassBackward(3), draw.normal(MANY, 1, 1), label);
    list.add(NAME, new Softmax(), draw.gauss(0, 3, MANY, 3));
    list.add(
        1e-6,
        NAME,
        new SgdStep(0.02, 0.9, 1e-4, false),
        draw.normal(MANY, 1),
        draw.normal(MANY, 1),
        draw.normal(MANY, 1));
  }

  private void maps() {
    list.exact(NAME, new MaxPool2d(3, 2, 1), draw.normal(1, 515, 509, 1));
    list.exact(NAME, new UpsampleNearest(514, 128), draw.normal(1, 257, 64, 1));
    list.add(NAME, new UpsampleNearestBackward(257, 256), draw.normal(1, 514, 512, 1));
    Operand map = draw.normal(2, 257, 129, 4);
    list.add(NAME, new GroupNorm(2, 1e-5, true), map, draw.normal(4), draw.normal(4));
  }

  /** Outputs and maps of more than 65,537 elements, two images, two levels. */
  private void regions() {
    int count = 170;
    Operand rois = inside(count);
    List<Double> scales = List.of(0.25, 0.125);
    Shape[] maps = {Shape.of(2, 90, 100, 8), Shape.of(2, 45, 50, 8)};
    Operand level = draw.ints(0, 2, count);
    Grid grid = new Grid(7, 7, 2, false);
    Operand fine = draw.normal(maps[0].dims());
    Operand coarse = draw.normal(maps[1].dims());
    list.add(NAME, new RoiAlign(grid, scales), rois, level, fine, coarse);
    Operand dy = draw.normal(count, 7, 7, 8);
    list.add(NAME, new RoiAlignBackward(grid, scales, List.of(maps)), dy, rois, level);
    list.exact(NAME, new RoiPool(7, 7, 0.25), rois, fine);
  }

  /**
   * RoI rows in an image of 350 pixels, so that no sample is near the border, where it may drop.
   */
  private Operand inside(int count) {
    double[] box = draw.boxes(260, 90, count).values();
    double[] rows = new double[5 * count];
    for (int i = 0; i < count; i++) {
      rows[5 * i] = i % 7 == 6 ? -1 : i % 2;
      System.arraycopy(box, 4 * i, rows, 5 * i + 1, 4);
    }
    return Operand.f32(Shape.of(count, 5), rows);
  }

  private void masks() {
    int count = 84;
    int[] instance = new int[count];
    Arrays.setAll(instance, i -> i % 3);
    list.exact(
        NAME,
        new MaskTargets(28),
        draw.boxes(90, 70, count),
        Operand.i32(instance),
        draw.uniform(-10, 110, 36),
        Operand.i32(0, 6, 20, 36),
        Operand.i32(0, 1, 2, 3));
    Operand one = Operand.f32(Shape.of(1, 4), -9, 4.5, 230, 251);
    list.exact(NAME, new MaskPaste(257, 256, 0.5, 1), draw.uniform(0, 1, 1, 28, 28), one);
  }
}
