package dev.maskrcnn.autograd;

import static dev.maskrcnn.autograd.Slot.in;
import static dev.maskrcnn.autograd.Slot.out;

import dev.maskrcnn.autograd.Derivative.Keep;
import dev.maskrcnn.autograd.Derivative.Rule;
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
    rule(
        Pointwise.Add.class,
        "da = dy,  db = dy",
        "both inputs get the gradient unchanged",
        keep(),
        (op, p) -> p.gradients(p::dy, p::dy));
    rule(
        Pointwise.Sub.class,
        "da = dy,  db = −dy",
        "the second input gets it with its sign turned",
        keep(),
        (op, p) -> p.gradients(p::dy, () -> p.dy().scale(-1)));
    rule(
        Pointwise.Mul.class,
        "da = dy ⊙ b,  db = dy ⊙ a",
        "each factor is the slope of the other",
        keep(FACTORS),
        (op, p) -> p.gradients(() -> p.dy().mul(p.in(1)), () -> p.dy().mul(p.in(0))));
    rule(
        Pointwise.Scale.class,
        "da = factor · dy",
        "the slope is the factor",
        keep(),
        (op, p) -> p.gradients(() -> p.dy().scale(op.factor())));
    rule(
        Pointwise.Relu.class,
        "da = dy where y > 0, else 0",
        "gradient passes where output did",
        keep(out(0)),
        (op, p) -> p.gradients(() -> p.dy(true)));
    rule(
        Pointwise.Sigmoid.class,
        "da = dy ⊙ (y − y²)",
        "the slope is y(1 − y), from the output",
        keep(out(0)),
        (op, p) -> p.gradients(() -> p.dy().mul(p.out(0).sub(p.out(0).mul(p.out(0))))));
    rule(
        Pointwise.Exp.class,
        "da = dy ⊙ y",
        "the exponential is its own slope",
        keep(out(0)),
        (op, p) -> p.gradients(() -> p.dy().mul(p.out(0))));
    rule(
        Pointwise.Log.class,
        "da = dy / a",
        "the slope of the logarithm is 1/a",
        keep(in(0)),
        (op, p) -> p.gradients(() -> p.dy().mul(p.in(0).reciprocal())));
    rule(
        Pointwise.Reciprocal.class,
        "da = −dy ⊙ y²",
        "the slope of 1/a is −1/a²",
        keep(out(0)),
        (op, p) -> p.gradients(() -> p.dy().mul(p.out(0).mul(p.out(0))).scale(-1)));
    rule(
        Pointwise.ScaleRows.class,
        "dw[o] = s[o] · dy[o],  ds[o] = ⟨dy[o], w[o]⟩",
        "rows are scaled alike; the scale of a row collects the products with it",
        keep(FACTORS),
        (op, p) ->
            p.gradients(
                () -> p.dy().scaleRows(p.in(1)),
                () -> p.run(new LinearAlgebra.RowDots(), p.dy(), p.in(0))));
    rule(
        Pointwise.Expand.class,
        "da = Σ dy",
        "one value was used everywhere: sum over all uses",
        keep(),
        (op, p) -> p.gradients(() -> p.dy().sum().reshape(p.shape(0))));
    rule(
        Pointwise.Cast.class,
        "da = dy in the type of a",
        "only the type changes back",
        keep(),
        (op, p) -> p.gradients(() -> p.run(new Pointwise.Cast(p.spec(0).dtype()), p.dy())));
  }

  private static void linearAlgebra() {
    rule(
        LinearAlgebra.MatMul.class,
        "dA = dy·Bᵀ,  dB = Aᵀ·dy,  dbias = Σ_rows dy",
        "a product's slope by one factor is the other, transposed; with a fused ReLU dy is first"
            + " set to 0 where y is 0",
        op -> relu(op.relu(), FACTORS),
        DerivativeRules::matMul);
    rule(
        LinearAlgebra.Sum.class,
        "da = dy everywhere",
        "each element counts once in the sum",
        keep(),
        (op, p) -> p.gradients(() -> p.run(new Pointwise.Expand(p.shape(0)), p.dy())));
    rule(
        LinearAlgebra.SumRows.class,
        "da[row] = dy",
        "every row gets the same gradient",
        keep(),
        DerivativeRules::sumRows);
    rule(
        LinearAlgebra.RowDots.class,
        "da[o] = dy[o] · b[o],  db[o] = dy[o] · a[o]",
        "each row of one is the slope of the other's",
        keep(FACTORS),
        (op, p) -> p.gradients(() -> p.in(1).scaleRows(p.dy()), () -> p.in(0).scaleRows(p.dy())));
  }

  private static void convolution() {
    rule(
        Convolution.Conv2d.class,
        "dx = dy ∗ᵀ w,  dw = x ∗ dy,  dbias = Σ_pixels dy,  dresidual = dy",
        "the gradient is sent back through the same taps; each tap of the weight collects the"
            + " products of the pixels that it joined; with a fused ReLU dy is first set to 0 where"
            + " y is 0",
        op -> relu(op.epilogue().relu(), FACTORS),
        DerivativeRules::conv2d);
    rule(
        Convolution.ConvTranspose2d.class,
        "dx = dy ∗ w,  dw = dy ∗ x,  dbias = Σ_pixels dy",
        "it is the adjoint of a convolution, so its own adjoint is that convolution",
        op -> relu(op.epilogue().relu(), FACTORS),
        DerivativeRules::convTranspose2d);
  }

  private static void pooling() {
    rule(
        Pooling.MaxPool2d.class,
        "dx[winner] += dy",
        "only the pixel that won its window matters; windows that overlap add up",
        keep(out(1)),
        DerivativeRules::maxPool2d);
    rule(
        Pooling.UpsampleNearest.class,
        "dx[i] = Σ dy over the copies of i",
        "a pixel that was copied collects from all its copies",
        keep(),
        (op, p) ->
            p.first(
                new Pooling.UpsampleNearestBackward(p.shape(0).dim(1), p.shape(0).dim(2)), p.dy()));
  }

  private static void normalization() {
    rule(
        Normalization.GroupNorm.class,
        "dx = γ/σ · (dy − mean(dy) − x̂ · mean(dy ⊙ x̂)),  dγ = Σ dy ⊙ x̂,  dβ = Σ dy",
        "mean and deviation depend on x too, so what would only shift or scale the group is taken"
            + " out; x̂ is the normalised x, means are over the group of γ·dy",
        op -> relu(op.relu(), in(0), in(1), out(1), out(2)),
        DerivativeRules::groupNorm);
    rule(
        Normalization.Softmax.class,
        "dx = y ⊙ (dy − ⟨y, dy⟩)",
        "probabilities sum to 1: raising one lowers the others",
        keep(out(0)),
        DerivativeRules::softmax);
  }

  private static void movement() {
    rule(
        Movement.Concat.class,
        "dxᵢ = the i-th part of dy",
        "each input gets its own part back",
        keep(),
        DerivativeRules::concat);
    rule(
        Movement.Slice.class,
        "dx = dy inside, 0 outside",
        "what was cut off has no influence",
        keep(),
        (op, p) ->
            p.first(
                new Movement.SliceBackward(op.axis(), op.start(), p.shape(0).dim(op.axis())),
                p.dy()));
    rule(
        Movement.GatherRows.class,
        "dx[index[k]] += dy[k]",
        "a row that was taken several times collects from all of them",
        keep(in(1)),
        (op, p) -> p.first(new Movement.GatherRowsBackward(p.shape(0).dim(0)), p.dy(), p.in(1)),
        1);
    rule(
        Movement.SelectClass.class,
        "dx[r, :, label] = dy[r], 0 elsewhere",
        "only the part of the row's own class has influence",
        keep(in(1)),
        (op, p) -> p.first(new Movement.SelectClassBackward(p.shape(0).dim(2)), p.dy(), p.in(1)),
        1);
  }

  private static void loss() {
    rule(
        Loss.SoftmaxCrossEntropy.class,
        "dlogits = dy · (softmax − onehot(label)) / rows",
        "the probability that was given, less the one that was wanted; rows with label −1 get 0",
        keep(out(1), in(1)),
        (op, p) -> p.first(new Loss.SoftmaxCrossEntropyBackward(), p.dy(), p.out(1), p.in(1)),
        1);
    rule(
        Loss.BinaryCrossEntropy.class,
        "dlogits = dy · (sigmoid(x) − target) / count",
        "the probability that was given, less the one that was wanted; ignored elements get 0",
        keep(in(0), in(1)),
        (op, p) -> p.first(new Loss.BinaryCrossEntropyBackward(), p.dy(), p.in(0), p.in(1)),
        1);
    rule(
        Loss.SmoothL1.class,
        "dx = dy · clamp((x − target)/β, −1, 1) / rows,  sign(x − target) for β = 0",
        "proportional to a small error, constant for a large one; only rows with label > 0",
        keep(in(0), in(1), in(2)),
        (op, p) -> p.first(new Loss.SmoothL1Backward(op.beta()), p.dy(), p.in(0), p.in(1), p.in(2)),
        1,
        2);
  }

  private static void regionOfInterest() {
    rule(
        RegionOfInterest.RoiAlign.class,
        "dfeature[p] += weight(p) · dy / samples",
        "each sampling point sends its share back to the four pixels it was interpolated from, with"
            + " the same weights; boxes are constants",
        keep(in(0), in(1)),
        DerivativeRules::roiAlign,
        0,
        1);
    rule(
        RegionOfInterest.RoiPool.class,
        "dfeature[winner] += dy",
        "only the pixel that won its bin matters; boxes are constants",
        keep(in(0), out(1)),
        DerivativeRules::roiPool,
        0);
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

  /**
   * A rule.
   *
   * @param formula gradients of the inputs by {@code dy}, for people; ⊙ is a product element by
   *     element
   * @param words the same as a sentence
   * @param constants inputs by which the op cannot be differentiated
   */
  private static <O extends Op> void rule(
      Class<O> type,
      String formula,
      String words,
      Keep<? super O> keep,
      Rule<O> rule,
      Integer... constants) {
    put(type, new Derivative<>(keep, rule, Set.of(constants), formula, words));
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
            ? Derivative.of(custom)
            : TABLE.getOrDefault(op.getClass(), Derivative.none("it has no rule"));
    if (!d.differentiable()) {
      String what = op.label() + (path.isEmpty() ? "" : " at " + path) + ": not differentiable: ";
      throw new AutogradException(what + d.words() + ". Detach its inputs");
    }
    return (Derivative<O>) d;
  }
}
