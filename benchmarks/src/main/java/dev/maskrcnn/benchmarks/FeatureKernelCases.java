package dev.maskrcnn.benchmarks;

import dev.maskrcnn.benchmarks.KernelCase.Call;
import dev.maskrcnn.benchmarks.KernelCase.Collector;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.LinearAlgebra.RowDots;
import dev.maskrcnn.tensor.op.LinearAlgebra.Sum;
import dev.maskrcnn.tensor.op.LinearAlgebra.SumRows;
import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.op.Normalization.GroupNormBackward;
import dev.maskrcnn.tensor.op.Normalization.Softmax;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Accumulate;
import dev.maskrcnn.tensor.op.Pointwise.Add;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.op.Pointwise.Exp;
import dev.maskrcnn.tensor.op.Pointwise.Expand;
import dev.maskrcnn.tensor.op.Pointwise.Fill;
import dev.maskrcnn.tensor.op.Pointwise.Log;
import dev.maskrcnn.tensor.op.Pointwise.Mul;
import dev.maskrcnn.tensor.op.Pointwise.Reciprocal;
import dev.maskrcnn.tensor.op.Pointwise.Relu;
import dev.maskrcnn.tensor.op.Pointwise.ReluBackward;
import dev.maskrcnn.tensor.op.Pointwise.Scale;
import dev.maskrcnn.tensor.op.Pointwise.ScaleRows;
import dev.maskrcnn.tensor.op.Pointwise.Sigmoid;
import dev.maskrcnn.tensor.op.Pointwise.Sub;
import dev.maskrcnn.tensor.op.Pointwise.Unary;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2d;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2dBackward;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearest;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearestBackward;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPool;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPoolBackward;
import dev.maskrcnn.tensor.op.Update.SgdRates;
import dev.maskrcnn.tensor.op.Update.SgdRule;
import dev.maskrcnn.tensor.op.Update.SgdStep;
import dev.maskrcnn.tensor.op.Update.SgdUpdate;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Cases of the ops on feature maps and parameters. P2 is the largest map of the pyramid. */
final class FeatureKernelCases {
  private static final List<Double> SCALES = List.of(1 / 4.0, 1 / 8.0, 1 / 16.0, 1 / 32.0);
  private static final int GROUPS = 32;

  private FeatureKernelCases() {}

  static void collect(Collector to) {
    regions(to);
    arithmetic(to);
    parameters(to);
    pooling(to);
    normalization(to);
  }

  /** The functions of one number that no other case has, on P2. */
  static void collectOtherUnary(Collector to) {
    Set<Class<?>> known = new HashSet<>();
    to.cases().forEach(c -> known.add(c.type()));
    for (Class<?> type : Unary.class.getPermittedSubclasses()) {
      if (!known.contains(type)) {
        Op op = withoutAttributes(type.asSubclass(Unary.class));
        String name = type.getSimpleName().toLowerCase(Locale.ROOT) + ", P2";
        to.add(name, op.getClass(), (o, s, n) -> Call.of(op, p2(o, s, n)));
      }
    }
  }

  private static Op withoutAttributes(Class<? extends Unary> type) {
    try {
      return type.getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new StepException(type.getSimpleName() + ": not made without attributes: " + e);
    }
  }

  private static void regions(Collector to) {
    PublishedFloor of512 = PublishedFloor.ROI_ALIGN_512;
    to.half("roi align 512x7x7", RoiAlign.class, of512, (o, s, n) -> align(o, s, n, DType.F16));
    to.add("roi align 512x7x7", RoiAlign.class, (o, s, n) -> align(o, s, n, DType.F32));
    to.half(
        "roi align 1000x7x7",
        RoiAlign.class,
        PublishedFloor.ROI_ALIGN_1000,
        (o, s, n) -> align(o, s, n, new Heads(s.detected(), 7, DType.F16)));
    to.add(
        "roi align 128x14x14",
        RoiAlign.class,
        (o, s, n) -> align(o, s, n, new Heads(s.masks(), 14, DType.F32)));
    to.half(
        "roi align 512x7x7 backward",
        RoiAlignBackward.class,
        PublishedFloor.ROI_ALIGN_BACKWARD,
        (o, s, n) -> alignBackward(o, s, n, DType.F16));
    to.add(
        "roi align 512x7x7 backward",
        RoiAlignBackward.class,
        (o, s, n) -> alignBackward(o, s, n, DType.F32));
    to.add("roi pool 512x7x7, P2", RoiPool.class, (o, s, n) -> pool(o, s, n));
    to.add(
        "roi pool 512x7x7 backward, P2",
        RoiPoolBackward.class,
        (o, s, n) -> {
          Call forward = pool(o, s, n);
          List<Tensor> pooled = o.make(forward.op(), forward.inputs());
          Shape map = forward.inputs().get(1).shape();
          Op backward = new RoiPoolBackward(SCALES.get(0), map);
          Tensor dy = o.normal(pooled.get(0).shape().dims());
          return Call.of(backward, dy, pooled.get(1), forward.inputs().get(0));
        });
    to.add(
        "levels of rois",
        RoiLevels.class,
        (o, s, n) -> Call.of(new RoiLevels(2, 5, 4, 224, 1), o.rois(n, s.sampled(), s)));
  }

  private static Call pool(Operands o, ModelSize s, int images) {
    Tensor map = o.normal(s.level(images, 0));
    return Call.of(new RoiPool(7, 7, SCALES.get(0)), o.rois(images, s.sampled(), s), map);
  }

  /** RoIs per image, bins per side and precision. */
  private record Heads(int rois, int bins, DType type) {
    Grid grid() {
      return new Grid(bins, bins, 2, false);
    }
  }

  private static Call align(Operands o, ModelSize s, int images, DType type) {
    return align(o, s, images, new Heads(s.sampled(), 7, type));
  }

  private static Call align(Operands o, ModelSize s, int images, Heads head) {
    int rois = images * head.rois;
    List<Tensor> inputs = new ArrayList<>();
    inputs.add(o.rois(images, head.rois, s));
    inputs.add(o.integers(0, SCALES.size(), rois));
    for (int l = 0; l < SCALES.size(); l++) {
      inputs.add(o.normal(head.type, s.level(images, l)));
    }
    return Call.of(new RoiAlign(head.grid(), SCALES), inputs);
  }

  private static Call alignBackward(Operands o, ModelSize s, int images, DType type) {
    Heads head = new Heads(s.sampled(), 7, type);
    int rois = images * head.rois;
    List<Shape> shapes = new ArrayList<>();
    for (int l = 0; l < SCALES.size(); l++) {
      shapes.add(Shape.of(s.level(images, l)));
    }
    return Call.of(
        new RoiAlignBackward(head.grid(), SCALES, shapes),
        o.normal(type, rois, head.bins, head.bins, s.channels()),
        o.rois(images, head.rois, s),
        o.integers(0, SCALES.size(), rois));
  }

  private static Tensor p2(Operands o, ModelSize s, int images) {
    return o.normal(s.level(images, 0));
  }

  private static Tensor halfP2(Operands o, ModelSize s, int images) {
    return o.normal(DType.F16, s.level(images, 0));
  }

  private static void arithmetic(Collector to) {
    to.add("add, P2", Add.class, (o, s, n) -> Call.of(new Add(), p2(o, s, n), p2(o, s, n)));
    to.half(
        "add, P2",
        Add.class,
        null,
        (o, s, n) -> Call.of(new Add(), halfP2(o, s, n), halfP2(o, s, n)));
    to.add("subtract, P2", Sub.class, (o, s, n) -> Call.of(new Sub(), p2(o, s, n), p2(o, s, n)));
    to.add("multiply, P2", Mul.class, (o, s, n) -> Call.of(new Mul(), p2(o, s, n), p2(o, s, n)));
    to.add("scale, P2", Scale.class, (o, s, n) -> Call.of(new Scale(0.5), p2(o, s, n)));
    to.add("relu, P2", Relu.class, (o, s, n) -> Call.of(new Relu(), p2(o, s, n)));
    to.half("relu, P2", Relu.class, null, (o, s, n) -> Call.of(new Relu(), halfP2(o, s, n)));
    to.add(
        "relu backward, P2",
        ReluBackward.class,
        (o, s, n) -> Call.of(new ReluBackward(), p2(o, s, n), p2(o, s, n)));
    to.add(
        "accumulate, P2",
        Accumulate.class,
        (o, s, n) -> Call.of(new Accumulate(), p2(o, s, n), p2(o, s, n)));
    to.add("cast to half, P2", Cast.class, (o, s, n) -> Call.of(new Cast(DType.F16), p2(o, s, n)));
    to.add(
        "sigmoid, objectness",
        Sigmoid.class,
        (o, s, n) -> Call.of(new Sigmoid(), o.normal(n, s.anchors())));
    to.add("exp, P2", Exp.class, (o, s, n) -> Call.of(new Exp(), p2(o, s, n)));
    to.add("log, P4", Log.class, (o, s, n) -> Call.of(new Log(), o.uniform(1, s.level(n, 2))));
    to.add(
        "reciprocal, P4",
        Reciprocal.class,
        (o, s, n) -> Call.of(new Reciprocal(), o.uniform(1, s.level(n, 2))));
    to.add(
        "expand, P2",
        Expand.class,
        (o, s, n) -> Call.of(new Expand(Shape.of(s.level(n, 0))), o.scalar(1)));
    to.add(
        "fill, P2",
        Fill.class,
        (o, s, n) -> Call.of(new Fill(new Spec(Shape.of(s.level(n, 0)), DType.F32), 1)));
    to.add("sum, P2", Sum.class, (o, s, n) -> Call.of(new Sum(), p2(o, s, n)));
    to.add("sum of rows, P2", SumRows.class, (o, s, n) -> Call.of(new SumRows(), p2(o, s, n)));
  }

  private static Tensor weight(Operands o, ModelSize s) {
    return o.normal(2 * s.channels(), 3, 3, 2 * s.channels());
  }

  private static void parameters(Collector to) {
    to.once(
        "sgd step, 44.3 M parameters",
        SgdStep.class,
        PublishedFloor.SGD,
        (o, s, n) ->
            Call.of(
                new SgdStep(1e-9, 0.9, 1e-4, false),
                o.normal(s.parameters()),
                o.normal(s.parameters()),
                o.normal(s.parameters())));
    to.once(
        "update of all parameters",
        SgdUpdate.class,
        PublishedFloor.SGD,
        (o, s, n) ->
            Call.of(
                new SgdUpdate(
                    new SgdRates(1e-9, 2e-9),
                    0.9,
                    LossScaling.dynamic(),
                    List.of(new SgdRule(false, 1e-4, false))),
                o.floats(new float[] {8192}, 1),
                o.exactly(new int[SgdUpdate.COUNTERS]),
                o.normal(s.parameters()),
                o.normal(s.parameters()),
                o.normal(s.parameters())));
    to.once(
        "fold norm into weight",
        ScaleRows.class,
        null,
        (o, s, n) -> Call.of(new ScaleRows(), weight(o, s), o.normal(2 * s.channels())));
    to.once(
        "gradient of folded norm",
        RowDots.class,
        null,
        (o, s, n) -> Call.of(new RowDots(), weight(o, s), weight(o, s)));
  }

  private static void pooling(Collector to) {
    to.add("max pool 3x3 of stem", MaxPool2d.class, (o, s, n) -> stem(o, s, n));
    to.add(
        "max pool 3x3 backward",
        MaxPool2dBackward.class,
        (o, s, n) -> {
          Call forward = stem(o, s, n);
          List<Tensor> pooled = o.make(forward.op(), forward.inputs());
          return Call.of(
              new MaxPool2dBackward(3, 2, 1, s.height() / 2, s.width() / 2),
              o.normal(pooled.get(0).shape().dims()),
              pooled.get(1));
        });
    to.add(
        "upsample P3 to P2",
        UpsampleNearest.class,
        (o, s, n) ->
            Call.of(new UpsampleNearest(s.rows(0), s.columns(0)), o.normal(s.level(n, 1))));
    to.add(
        "upsample backward",
        UpsampleNearestBackward.class,
        (o, s, n) -> Call.of(new UpsampleNearestBackward(s.rows(1), s.columns(1)), p2(o, s, n)));
  }

  private static Call stem(Operands o, ModelSize s, int images) {
    Tensor map = o.normal(images, s.height() / 2, s.width() / 2, s.channels() / 4);
    return Call.of(new MaxPool2d(3, 2, 1), map);
  }

  private static void normalization(Collector to) {
    to.add(
        "group norm with relu, P2",
        GroupNorm.class,
        (o, s, n) ->
            Call.of(
                new GroupNorm(GROUPS, 1e-5, true),
                p2(o, s, n),
                o.normal(s.channels()),
                o.normal(s.channels())));
    to.add(
        "group norm backward, P2",
        GroupNormBackward.class,
        (o, s, n) ->
            Call.of(
                new GroupNormBackward(GROUPS),
                p2(o, s, n),
                p2(o, s, n),
                o.normal(s.channels()),
                o.normal(n, GROUPS),
                o.uniform(1, n, GROUPS)));
    to.add(
        "softmax of 512 rois",
        Softmax.class,
        (o, s, n) -> Call.of(new Softmax(), o.normal(n * s.sampled(), ModelSize.CLASSES)));
  }
}
