package dev.maskrcnn.autograd;

import static dev.maskrcnn.autograd.Slot.in;
import static dev.maskrcnn.autograd.Slot.out;

import dev.maskrcnn.autograd.Derivative.Keep;
import dev.maskrcnn.autograd.Derivative.Rule;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes;
import dev.maskrcnn.tensor.op.Convolution;
import dev.maskrcnn.tensor.op.LinearAlgebra;
import dev.maskrcnn.tensor.op.Loss;
import dev.maskrcnn.tensor.op.Masks;
import dev.maskrcnn.tensor.op.Movement;
import dev.maskrcnn.tensor.op.Normalization;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise;
import dev.maskrcnn.tensor.op.Pooling;
import dev.maskrcnn.tensor.op.RegionOfInterest;
import dev.maskrcnn.tensor.op.Update;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * All calculus of the system: for each op of the catalogue either the rule for its gradient, with
 * what the tape must keep for it, or the statement that it has none. Rules return gradients; adding
 * them up is the business of {@link BackwardPass}. {@code dy} is the gradient of output 0.
 */
final class Derivatives {
  private static final String SECOND_ORDER =
      "it computes a gradient; second order is not supported";
  private static final String DECISION = "it selects or assigns; its result is a constant";
  private static final String IN_PLACE = "it overwrites its input";

  private static final Map<Class<? extends Op>, Derivative<?>> TABLE = new LinkedHashMap<>();

  /** Of a product: each factor for the gradient of the other. */
  private static final Slot[] FACTORS = {in(1).forGradientOf(0), in(0).forGradientOf(1)};

  private Derivatives() {}

  static {
    pointwise();
    linearAlgebra();
    convolution();
    pooling();
    normalization();
    movement();
    loss();
    regionOfInterest();
    withoutDerivative();
  }

  private static void pointwise() {
    rule(Pointwise.Add.class, keep(), (op, p) -> p.gradients(p::dy, p::dy));
    rule(Pointwise.Sub.class, keep(), (op, p) -> p.gradients(p::dy, () -> p.dy().scale(-1)));
    rule(
        Pointwise.Mul.class,
        keep(FACTORS),
        (op, p) -> p.gradients(() -> p.dy().mul(p.in(1)), () -> p.dy().mul(p.in(0))));
    rule(Pointwise.Scale.class, keep(), (op, p) -> p.gradients(() -> p.dy().scale(op.factor())));
    rule(Pointwise.Relu.class, keep(out(0)), (op, p) -> p.gradients(() -> p.dy(true)));
    rule( // y' = y − y²
        Pointwise.Sigmoid.class,
        keep(out(0)),
        (op, p) -> p.gradients(() -> p.dy().mul(p.out(0).sub(p.out(0).mul(p.out(0))))));
    rule(Pointwise.Exp.class, keep(out(0)), (op, p) -> p.gradients(() -> p.dy().mul(p.out(0))));
    rule(
        Pointwise.Log.class,
        keep(in(0)),
        (op, p) -> p.gradients(() -> p.dy().mul(p.in(0).reciprocal())));
    rule( // y' = −y²
        Pointwise.Reciprocal.class,
        keep(out(0)),
        (op, p) -> p.gradients(() -> p.dy().mul(p.out(0).mul(p.out(0))).scale(-1)));
    rule(
        Pointwise.ScaleRows.class,
        keep(FACTORS),
        (op, p) ->
            p.gradients(
                () -> p.dy().scaleRows(p.in(1)),
                () -> p.run(new LinearAlgebra.RowDots(), p.dy(), p.in(0))));
    rule(
        Pointwise.Expand.class,
        keep(),
        (op, p) -> p.gradients(() -> p.dy().sum().reshape(p.shape(0))));
    rule(
        Pointwise.Cast.class,
        keep(),
        (op, p) -> p.gradients(() -> p.run(new Pointwise.Cast(p.spec(0).dtype()), p.dy())));
  }

  private static void linearAlgebra() {
    rule(LinearAlgebra.MatMul.class, op -> relu(op.relu(), FACTORS), DerivativeRules::matMul);
    rule(
        LinearAlgebra.Sum.class,
        keep(),
        (op, p) -> p.gradients(() -> p.run(new Pointwise.Expand(p.shape(0)), p.dy())));
    rule(LinearAlgebra.SumRows.class, keep(), DerivativeRules::sumRows);
    rule(
        LinearAlgebra.RowDots.class,
        keep(FACTORS),
        (op, p) -> p.gradients(() -> p.in(1).scaleRows(p.dy()), () -> p.in(0).scaleRows(p.dy())));
  }

  private static void convolution() {
    rule(
        Convolution.Conv2d.class,
        op -> relu(op.epilogue().relu(), FACTORS),
        DerivativeRules::conv2d);
    rule(
        Convolution.ConvTranspose2d.class,
        op -> relu(op.epilogue().relu(), FACTORS),
        DerivativeRules::convTranspose2d);
  }

  private static void pooling() {
    rule(Pooling.MaxPool2d.class, keep(out(1)), DerivativeRules::maxPool2d);
    rule(
        Pooling.UpsampleNearest.class,
        keep(),
        (op, p) ->
            p.first(
                new Pooling.UpsampleNearestBackward(p.shape(0).dim(1), p.shape(0).dim(2)), p.dy()));
  }

  private static void normalization() {
    rule(
        Normalization.GroupNorm.class,
        op -> relu(op.relu(), in(0), in(1), out(1), out(2)),
        (op, p) -> {
          Tensor g = p.dy(op.relu());
          Op backward = new Normalization.GroupNormBackward(op.groups());
          List<Tensor> all = p.runAll(backward, g, p.in(0), p.in(1), p.out(1), p.out(2));
          return p.gradients(() -> all.get(0), () -> all.get(1), () -> all.get(2));
        });
    rule(Normalization.Softmax.class, keep(out(0)), DerivativeRules::softmax);
  }

  private static void movement() {
    rule(Movement.Concat.class, keep(), DerivativeRules::concat);
    rule(
        Movement.Slice.class,
        keep(),
        (op, p) ->
            p.first(
                new Movement.SliceBackward(op.axis(), op.start(), p.shape(0).dim(op.axis())),
                p.dy()));
    rule(
        Movement.GatherRows.class,
        keep(in(1)),
        (op, p) -> p.first(new Movement.GatherRowsBackward(p.shape(0).dim(0)), p.dy(), p.in(1)),
        1);
    rule(
        Movement.SelectClass.class,
        keep(in(1)),
        (op, p) -> p.first(new Movement.SelectClassBackward(p.shape(0).dim(2)), p.dy(), p.in(1)),
        1);
  }

  private static void loss() {
    rule(
        Loss.SoftmaxCrossEntropy.class,
        keep(out(1), in(1)),
        (op, p) -> p.first(new Loss.SoftmaxCrossEntropyBackward(), p.dy(), p.out(1), p.in(1)),
        1);
    rule(
        Loss.BinaryCrossEntropy.class,
        keep(in(0), in(1)),
        (op, p) -> p.first(new Loss.BinaryCrossEntropyBackward(), p.dy(), p.in(0), p.in(1)),
        1);
    rule(
        Loss.SmoothL1.class,
        keep(in(0), in(1), in(2)),
        (op, p) -> p.first(new Loss.SmoothL1Backward(op.beta()), p.dy(), p.in(0), p.in(1), p.in(2)),
        1,
        2);
  }

  private static void regionOfInterest() {
    rule(RegionOfInterest.RoiAlign.class, keep(in(0), in(1)), DerivativeRules::roiAlign, 0, 1);
    rule(RegionOfInterest.RoiPool.class, keep(in(0), out(1)), DerivativeRules::roiPool, 0);
  }

  private static void withoutDerivative() {
    none(
        SECOND_ORDER,
        Pointwise.ReluBackward.class,
        Convolution.Conv2dBackwardData.class,
        Convolution.Conv2dBackwardWeights.class,
        Pooling.MaxPool2dBackward.class,
        Pooling.UpsampleNearestBackward.class,
        Normalization.GroupNormBackward.class,
        Movement.SliceBackward.class,
        Movement.GatherRowsBackward.class,
        Movement.SelectClassBackward.class,
        Loss.SoftmaxCrossEntropyBackward.class,
        Loss.BinaryCrossEntropyBackward.class,
        Loss.SmoothL1Backward.class,
        RegionOfInterest.RoiAlignBackward.class,
        RegionOfInterest.RoiPoolBackward.class);
    none(IN_PLACE, Pointwise.Accumulate.class, Update.SgdStep.class, Update.SgdUpdate.class);
    none(
        "it moves boxes, scores or labels, which are constants",
        Movement.BatchGather.class,
        Movement.LabelsAt.class);
    none(
        DECISION,
        RegionOfInterest.RoiLevels.class,
        Boxes.AnchorGrid.class,
        Boxes.AnchorsVisible.class,
        Boxes.BoxIou.class,
        Boxes.MatchBoxes.class,
        Boxes.AssignLabels.class,
        Boxes.SampleBalanced.class,
        Boxes.IndexWhere.class,
        Boxes.RoisAt.class,
        Boxes.BoxEncode.class,
        Boxes.BoxDecode.class,
        Boxes.ClipBoxes.class,
        Boxes.BoxesAtLeast.class,
        Boxes.SelectTopK.class,
        Boxes.Nms.class,
        Boxes.SelectProposals.class,
        Boxes.AppendBoxes.class,
        Boxes.SelectDetections.class,
        Masks.MaskTargets.class,
        Masks.ObjectRows.class,
        Masks.IgnoreRows.class,
        Masks.MaskPaste.class,
        Pointwise.Fill.class);
  }

  // ---- how the table is written and read ----

  private static <O extends Op> void rule(
      Class<O> type, Keep<? super O> keep, Rule<O> rule, Integer... constants) {
    put(type, new Derivative<>(keep, rule, Set.of(constants), null));
  }

  @SafeVarargs
  private static void none(String reason, Class<? extends Op>... types) {
    for (Class<? extends Op> type : types) {
      put(type, Derivative.none(reason));
    }
  }

  private static void put(Class<? extends Op> type, Derivative<?> derivative) {
    if (TABLE.put(type, derivative) != null) {
      throw new AutogradException(type.getSimpleName() + ": two lines in Derivatives");
    }
  }

  private static Keep<Op> keep(Slot... slots) {
    List<Slot> all = List.of(slots);
    return op -> all;
  }

  /** The slots, and with a fused ReLU the output, whose sign is the mask. */
  private static List<Slot> relu(boolean relu, Slot... slots) {
    return Stream.concat(Stream.of(slots), relu ? Stream.of(out(0)) : Stream.empty()).toList();
  }

  /** The line of an op type, if there is one. */
  static Optional<Derivative<?>> find(Class<? extends Op> type) {
    return Optional.ofNullable(TABLE.get(type));
  }

  /** The rule of an op. */
  @SuppressWarnings("unchecked")
  static <O extends Op> Derivative<O> of(O op, String path) {
    Derivative<?> d =
        op instanceof DifferentiableOp custom
            ? new Derivative<>(
                o -> custom.kept(), (o, p) -> custom.gradients(p), custom.constants(), null)
            : TABLE.getOrDefault(op.getClass(), Derivative.none("it has no rule"));
    if (!d.differentiable()) {
      String what = op.label() + (path.isEmpty() ? "" : " at " + path) + ": not differentiable: ";
      throw new AutogradException(what + d.reason() + ". Detach its inputs");
    }
    return (Derivative<O>) d;
  }
}
