package dev.maskrcnn.benchmarks;

import dev.maskrcnn.benchmarks.KernelCase.Call;
import dev.maskrcnn.benchmarks.KernelCase.Collector;
import dev.maskrcnn.tensor.Tensor;
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
import dev.maskrcnn.tensor.op.Boxes.DetectionRule;
import dev.maskrcnn.tensor.op.Boxes.IndexWhere;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.op.Boxes.RoisAt;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.op.Boxes.SelectDetections;
import dev.maskrcnn.tensor.op.Boxes.SelectProposals;
import dev.maskrcnn.tensor.op.Boxes.SelectTopK;
import dev.maskrcnn.tensor.op.Masks.IgnoreRows;
import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.op.Masks.MaskTargets;
import dev.maskrcnn.tensor.op.Masks.ObjectRows;
import dev.maskrcnn.tensor.op.Movement.LabelsAt;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;

/** Cases of the ops on boxes and masks. */
final class BoxKernelCases {
  private static final int K = ModelSize.CLASSES;
  private static final int TRUTHS = ModelSize.TRUTHS;
  private static final int LEVELS = 5;
  private static final CoderWeights WEIGHTS = new CoderWeights(10, 10, 5, 5);

  /** Three shapes around the middle of a cell of P2. */
  private static final List<Float> CELLS =
      List.of(-21f, -9.5f, 24f, 12.5f, -14.5f, -14.5f, 17.5f, 17.5f, -9.5f, -21f, 12.5f, 24f);

  private BoxKernelCases() {}

  static void collect(Collector to) {
    targets(to);
    proposals(to);
    rows(to);
    heads(to);
    masks(to);
  }

  private static void targets(Collector to) {
    to.once(
        "anchors of P2",
        AnchorGrid.class,
        null,
        (o, s, n) -> Call.of(new AnchorGrid(s.rows(0), s.columns(0), 4, 4, CELLS)));
    to.add(
        "visible anchors",
        AnchorsVisible.class,
        (o, s, n) ->
            Call.of(
                new AnchorsVisible(0),
                o.floats(o.corners(s.anchors(), s.height(), s.width()), s.anchors(), 4),
                o.integers(s.height(), s.height() + 1, n, 2)));
    to.add(
        "match anchors, 60 objects",
        MatchBoxes.class,
        PublishedFloor.MATCH,
        (o, s, n) ->
            Call.of(
                new MatchBoxes(0.7, 0.3, true, 1),
                o.boxes(n, TRUTHS, s),
                o.all(TRUTHS, n),
                o.boxes(1, s.anchors(), s),
                o.all(s.anchors(), n)));
    to.add(
        "labels of anchors",
        AssignLabels.class,
        (o, s, n) ->
            Call.of(
                new AssignLabels(true),
                o.integers(-2, TRUTHS, n, s.anchors()),
                o.integers(1, K, n, TRUTHS),
                o.flags(n, s.anchors())));
    to.add(
        "sample 256 anchors",
        SampleBalanced.class,
        (o, s, n) -> {
          Tensor matches = o.integers(-2, TRUTHS, n, s.anchors());
          List<Tensor> labels =
              o.make(new AssignLabels(false), matches, o.integers(1, 2, n, TRUTHS));
          return Call.of(new SampleBalanced(256, 0.5, 1, 0), labels);
        });
    to.add(
        "encode, all anchors",
        BoxEncode.class,
        (o, s, n) ->
            Call.of(
                new BoxEncode(WEIGHTS, 1), o.boxes(n, s.anchors(), s), o.boxes(n, s.anchors(), s)));
  }

  private static void proposals(Collector to) {
    to.add(
        "top 2000 of P2",
        SelectTopK.class,
        PublishedFloor.TOP_K,
        (o, s, n) ->
            Call.of(
                new SelectTopK(Math.min(s.proposals(), s.anchors(0))),
                o.uniform(1, n, s.anchors(0))));
    to.add(
        "nms, 5 levels of 2000",
        Nms.class,
        PublishedFloor.NMS,
        (o, s, n) ->
            Call.of(
                new Nms(0.7, s.proposals(), 1),
                o.boxes(LEVELS * n, s.proposals(), s),
                o.descending(LEVELS * n, s.proposals()),
                o.flags(LEVELS * n, s.proposals())));
    to.add(
        "best 2000 of 5 levels",
        SelectProposals.class,
        (o, s, n) ->
            Call.of(
                new SelectProposals(s.proposals(), true),
                o.boxes(n, LEVELS * s.proposals(), s),
                o.uniform(1, n, LEVELS * s.proposals())));
    to.add(
        "clip, all anchors",
        ClipBoxes.class,
        (o, s, n) ->
            Call.of(
                new ClipBoxes(1),
                o.boxes(n, s.anchors(), s),
                o.integers(s.height(), s.height() + 1, n, 2)));
    to.add(
        "boxes large enough",
        BoxesAtLeast.class,
        (o, s, n) -> Call.of(new BoxesAtLeast(1, 1), o.boxes(n, s.anchors(), s)));
    to.add(
        "append 60 objects",
        AppendBoxes.class,
        (o, s, n) ->
            Call.of(
                new AppendBoxes(),
                o.boxes(n, s.proposals(), s),
                o.all(s.proposals(), n),
                o.boxes(n, TRUTHS, s),
                o.all(TRUTHS, n)));
  }

  private static void rows(Collector to) {
    to.once(
        "iou, 60 x 2000",
        BoxIou.class,
        null,
        (o, s, n) ->
            Call.of(
                new BoxIou(1),
                o.floats(o.corners(TRUTHS, s.height(), s.width()), TRUTHS, 4),
                o.floats(o.corners(s.proposals(), s.height(), s.width()), s.proposals(), 4)));
    to.add(
        "indices of samples",
        IndexWhere.class,
        (o, s, n) ->
            Call.of(new IndexWhere(0, n * s.sampled()), o.integers(-512, 2, n, s.anchors())));
    to.add(
        "labels of samples",
        LabelsAt.class,
        (o, s, n) ->
            Call.moving(
                new LabelsAt(),
                o.integers(-1, K, n, s.proposals()),
                o.integers(0, n * s.proposals(), n * s.sampled())));
    to.add(
        "objects of proposals",
        ObjectRows.class,
        (o, s, n) -> Call.of(new ObjectRows(TRUTHS), o.integers(-2, TRUTHS, n, s.proposals())));
    to.add(
        "rois at samples",
        RoisAt.class,
        (o, s, n) ->
            Call.moving(
                new RoisAt(),
                o.boxes(n, s.proposals(), s),
                o.integers(0, n * s.proposals(), n * s.sampled())));
  }

  private static void heads(Collector to) {
    to.add(
        "decode, 1000 x 81 classes",
        BoxDecode.class,
        (o, s, n) ->
            Call.of(
                new BoxDecode(WEIGHTS, 1, Math.log(1000.0 / 16)),
                o.boxes(n, s.detected(), s),
                o.uniform(0.1, n, s.detected(), 4 * K)));
    to.add(
        "detections of 1000 rois",
        SelectDetections.class,
        (o, s, n) ->
            Call.of(
                new SelectDetections(new DetectionRule(0.05, 0.5, 100, true, 0), 1, 200),
                o.boxes(n, s.detected() * K, s).reshape(Shape.of(n, s.detected(), 4 * K)),
                o.probabilities(n, s.detected(), K),
                o.all(s.detected(), n)));
  }

  private static void masks(Collector to) {
    to.add(
        "mask targets 128x28x28",
        MaskTargets.class,
        PublishedFloor.MASK_TARGETS,
        BoxKernelCases::maskTargets);
    to.add(
        "ignored mask targets",
        IgnoreRows.class,
        (o, s, n) ->
            Call.of(
                new IgnoreRows(),
                o.uniform(1, n * s.masks(), 28, 28),
                o.integers(-1, K, n * s.masks())));
    to.add(
        "paste 100 masks",
        MaskPaste.class,
        PublishedFloor.MASK_PASTE,
        (o, s, n) -> {
          int masks = n * Math.min(100, s.detected());
          return Call.of(
              new MaskPaste(s.height(), s.width(), 0.5, 1),
              o.uniform(1, masks, 28, 28),
              o.floats(o.corners(masks, s.height(), s.width()), masks, 4));
        });
  }

  private static Call maskTargets(Operands o, ModelSize s, int images) {
    int rois = images * s.masks();
    int points = 60;
    float[] boxes = o.corners(rois, s.height(), s.width());
    float[] coords = o.outlines(boxes, points);
    int[] instance = new int[rois];
    int[] offsets = new int[rois + 1];
    int[] ranges = new int[rois + 1];
    for (int p = 0; p < rois; p++) {
      instance[p] = p;
      ranges[p + 1] = p + 1;
      offsets[p + 1] = (p + 1) * points * 2;
    }
    return Call.of(
        new MaskTargets(28),
        o.floats(boxes, rois, 4),
        o.exactly(instance),
        o.floats(coords, coords.length),
        o.exactly(offsets),
        o.exactly(ranges));
  }
}
