package dev.maskrcnn.benchmarks;

import dev.maskrcnn.benchmarks.KernelCase.Call;
import dev.maskrcnn.benchmarks.KernelCase.Collector;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SmoothL1Backward;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Movement.BatchGather;
import dev.maskrcnn.tensor.op.Movement.Concat;
import dev.maskrcnn.tensor.op.Movement.GatherRows;
import dev.maskrcnn.tensor.op.Movement.GatherRowsBackward;
import dev.maskrcnn.tensor.op.Movement.SelectClass;
import dev.maskrcnn.tensor.op.Movement.SelectClassBackward;
import dev.maskrcnn.tensor.op.Movement.Slice;
import dev.maskrcnn.tensor.op.Movement.SliceBackward;

/** Cases of losses and of movements of rows. */
final class RowKernelCases {
  private static final int K = ModelSize.CLASSES;
  private static final double BETA = 1 / 9.0;
  private static final int SIDE = 28;

  private RowKernelCases() {}

  static void collect(Collector to) {
    losses(to);
    rows(to);
    classes(to);
  }

  private static void losses(Collector to) {
    to.add(
        "cross entropy, 512 rois",
        SoftmaxCrossEntropy.class,
        (o, s, n) -> {
          int r = n * s.sampled();
          return Call.of(new SoftmaxCrossEntropy(), o.normal(r, K), o.integers(0, K, r));
        });
    to.add(
        "cross entropy backward",
        SoftmaxCrossEntropyBackward.class,
        (o, s, n) -> {
          int r = n * s.sampled();
          return Call.of(
              new SoftmaxCrossEntropyBackward(),
              o.scalar(1),
              o.uniform(1, r, K),
              o.integers(0, K, r));
        });
    to.add(
        "binary cross entropy, masks",
        BinaryCrossEntropy.class,
        (o, s, n) -> {
          int r = n * s.masks() * SIDE * SIDE;
          return Call.of(new BinaryCrossEntropy(), o.normal(r), o.uniform(1, r));
        });
    to.add(
        "binary cross entropy backward",
        BinaryCrossEntropyBackward.class,
        (o, s, n) -> {
          int r = n * s.masks() * SIDE * SIDE;
          return Call.of(
              new BinaryCrossEntropyBackward(), o.scalar(1), o.normal(r), o.uniform(1, r));
        });
    to.add(
        "smooth l1, all anchors",
        SmoothL1.class,
        (o, s, n) -> {
          int r = n * s.anchors();
          return Call.of(
              new SmoothL1(BETA), o.normal(r, 4), o.normal(r, 4), o.integers(-2000, 2, r));
        });
    to.add(
        "smooth l1 backward",
        SmoothL1Backward.class,
        (o, s, n) -> {
          int r = n * s.anchors();
          return Call.of(
              new SmoothL1Backward(BETA),
              o.scalar(1),
              o.normal(r, 4),
              o.normal(r, 4),
              o.integers(-2000, 2, r));
        });
  }

  private static void rows(Collector to) {
    to.add(
        "concat of 5 levels",
        Concat.class,
        (o, s, n) ->
            Call.of(
                new Concat(1),
                o.normal(n, s.anchors(0), 4),
                o.normal(n, s.anchors(1), 4),
                o.normal(n, s.anchors(2), 4),
                o.normal(n, s.anchors(3), 4),
                o.normal(n, s.anchors(4), 4)));
    to.add(
        "slice of a level",
        Slice.class,
        (o, s, n) ->
            Call.moving(new Slice(1, s.anchors(0), s.anchors(1)), o.normal(n, s.anchors(), 4)));
    to.add(
        "slice backward",
        SliceBackward.class,
        (o, s, n) ->
            Call.of(new SliceBackward(1, s.anchors(0), s.anchors()), o.normal(n, s.anchors(1), 4)));
    to.add(
        "gather rows, 128 of 512 rois",
        GatherRows.class,
        (o, s, n) ->
            Call.moving(
                new GatherRows(),
                o.normal(n * s.sampled(), 14, 14, s.channels()),
                o.integers(0, n * s.sampled(), n * s.masks())));
    to.add(
        "gather rows backward",
        GatherRowsBackward.class,
        (o, s, n) ->
            Call.of(
                new GatherRowsBackward(n * s.sampled()),
                o.normal(n * s.masks(), 14, 14, s.channels()),
                o.integers(0, n * s.sampled(), n * s.masks())));
    to.add(
        "gather 2000 anchors",
        BatchGather.class,
        (o, s, n) ->
            Call.moving(
                new BatchGather(),
                o.normal(1, s.anchors(), 4),
                o.integers(0, s.anchors(), n, s.proposals())));
  }

  private static void classes(Collector to) {
    to.add(
        "mask of the class, 128 rois",
        SelectClass.class,
        (o, s, n) ->
            Call.moving(
                new SelectClass(1),
                o.normal(n * s.masks(), SIDE * SIDE, K),
                o.integers(1, K, n * s.masks())));
    to.add(
        "mask of the class backward",
        SelectClassBackward.class,
        (o, s, n) ->
            Call.of(
                new SelectClassBackward(K),
                o.normal(n * s.masks(), SIDE * SIDE, 1),
                o.integers(1, K, n * s.masks())));
  }
}
