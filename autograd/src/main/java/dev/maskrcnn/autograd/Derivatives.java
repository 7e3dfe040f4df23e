package dev.maskrcnn.autograd;

import static dev.maskrcnn.autograd.Slot.in;
import static dev.maskrcnn.autograd.Slot.out;

import dev.maskrcnn.autograd.Derivative.Keep;
import dev.maskrcnn.autograd.Derivative.Rule;
import dev.maskrcnn.tensor.Shape;
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
import java.util.stream.IntStream;
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
    rule(LinearAlgebra.MatMul.class, op -> relu(op.relu(), FACTORS), Derivatives::matMul);
    rule(
        LinearAlgebra.Sum.class,
        keep(),
        (op, p) -> p.gradients(() -> p.run(new Pointwise.Expand(p.shape(0)), p.dy())));
    rule(LinearAlgebra.SumRows.class, keep(), Derivatives::sumRows);
    rule(
        LinearAlgebra.RowDots.class,
        keep(FACTORS),
        (op, p) -> p.gradients(() -> p.in(1).scaleRows(p.dy()), () -> p.in(0).scaleRows(p.dy())));
  }

  /** With A' = A or Aᵀ and B' = B or Bᵀ: dA' = dy·B'ᵀ and dB' = A'ᵀ·dy. */
  private static Tensor[] matMul(LinearAlgebra.MatMul op, Pullback p) {
    Tensor g = p.dy(op.relu());
    boolean ta = op.transposeA();
    boolean tb = op.transposeB();
    return p.gradients(
        () -> ta ? product(p, p.in(1), tb, g, true) : product(p, g, false, p.in(1), !tb),
        () -> tb ? product(p, g, true, p.in(0), ta) : product(p, p.in(0), !ta, g, false),
        () -> p.run(new LinearAlgebra.SumRows(), g));
  }

  private static Tensor product(Pullback p, Tensor a, boolean ta, Tensor b, boolean tb) {
    return p.run(new LinearAlgebra.MatMul(ta, tb, false, false), a, b);
  }

  /** Every row gets dy: a column of ones times the row dy. */
  private static Tensor[] sumRows(LinearAlgebra.SumRows op, Pullback p) {
    Shape matrix = matrix(p.shape(0));
    Shape column = matrix.with(1, 1);
    return p.gradients(
        () ->
            p.run(new Pointwise.Expand(column), p.one(p.spec(0)))
                .matMul(p.dy().reshape(matrix.with(0, 1)))
                .reshape(p.shape(0)));
  }

  /** All axes but the last as one. */
  private static Shape matrix(Shape s) {
    return Shape.of(Math.toIntExact(s.size(0, s.rank() - 1)), s.dim(-1));
  }

  private static void convolution() {
    rule(Convolution.Conv2d.class, op -> relu(op.epilogue().relu(), FACTORS), Derivatives::conv2d);
    rule(
        Convolution.ConvTranspose2d.class,
        op -> relu(op.epilogue().relu(), FACTORS),
        Derivatives::convTranspose2d);
  }

  private static Tensor[] conv2d(Convolution.Conv2d op, Pullback p) {
    Tensor g = p.dy(op.epilogue().relu());
    Tensor[] result = new Tensor[p.inputs()];
    Shape x = p.shape(0);
    Shape w = p.shape(1);
    if (p.needs(0)) {
      Op data = new Convolution.Conv2dBackwardData(op.window(), x.dim(1), x.dim(2));
      result[0] = p.run(data, g, p.in(1));
    }
    boolean bias = op.epilogue().bias() && p.needs(2);
    if (p.needs(1)) {
      Op weights = new Convolution.Conv2dBackwardWeights(op.window(), w.dim(1), w.dim(2), bias);
      List<Tensor> both = p.runAll(weights, p.in(0), g);
      result[1] = both.get(0);
      if (bias) {
        result[2] = both.get(1);
      }
    } else if (bias) {
      result[2] = p.run(new LinearAlgebra.SumRows(), g);
    }
    int residual = op.epilogue().residualIndex();
    if (op.epilogue().residual() && p.needs(residual)) {
      result[residual] = g;
    }
    return result;
  }

  /** The adjoint of a convolution: its data gradient is that convolution. */
  private static Tensor[] convTranspose2d(Convolution.ConvTranspose2d op, Pullback p) {
    Tensor g = p.dy(op.epilogue().relu());
    Convolution.Window window = Convolution.Window.of(op.stride(), 0);
    Shape w = p.shape(1);
    Op weights = new Convolution.Conv2dBackwardWeights(window, w.dim(1), w.dim(2), false);
    return p.gradients(
        () -> g.conv2d(p.in(1), window),
        () -> p.run(weights, g, p.in(0)),
        () -> p.run(new LinearAlgebra.SumRows(), g));
  }

  private static void pooling() {
    rule(Pooling.MaxPool2d.class, keep(out(1)), Derivatives::maxPool2d);
    rule(
        Pooling.UpsampleNearest.class,
        keep(),
        (op, p) ->
            p.first(
                new Pooling.UpsampleNearestBackward(p.shape(0).dim(1), p.shape(0).dim(2)), p.dy()));
  }

  private static Tensor[] maxPool2d(Pooling.MaxPool2d op, Pullback p) {
    Shape x = p.shape(0);
    Op backward =
        new Pooling.MaxPool2dBackward(op.kernel(), op.stride(), op.padding(), x.dim(1), x.dim(2));
    return p.first(backward, p.dy(), p.out(1));
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
    rule(Normalization.Softmax.class, keep(out(0)), Derivatives::softmax);
  }

  /** dx = y·dy − y·⟨y, dy⟩ per row. */
  private static Tensor[] softmax(Normalization.Softmax op, Pullback p) {
    Shape matrix = matrix(p.shape(0));
    Tensor y = p.out(0).reshape(matrix);
    Tensor g = p.dy().reshape(matrix);
    Tensor dots = p.run(new LinearAlgebra.RowDots(), y, g);
    return p.gradients(() -> y.mul(g).sub(y.scaleRows(dots)).reshape(p.shape(0)));
  }

  private static void movement() {
    rule(Movement.Concat.class, keep(), Derivatives::concat);
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

  private static Tensor[] concat(Movement.Concat op, Pullback p) {
    Tensor[] result = new Tensor[p.inputs()];
    int start = 0;
    for (int i = 0; i < result.length; i++) {
      int length = p.shape(i).dim(op.axis());
      if (p.needs(i)) {
        result[i] = p.dy().slice(op.axis(), start, length);
      }
      start += length;
    }
    return result;
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
    rule(RegionOfInterest.RoiAlign.class, keep(in(0), in(1)), Derivatives::roiAlign, 0, 1);
    rule(RegionOfInterest.RoiPool.class, keep(in(0), out(1)), Derivatives::roiPool, 0);
  }

  /** One scatter for all levels. Regions are constants, as in Mask R-CNN. */
  private static Tensor[] roiAlign(RegionOfInterest.RoiAlign op, Pullback p) {
    Tensor[] result = new Tensor[p.inputs()];
    List<Shape> maps = IntStream.range(2, result.length).mapToObj(p::shape).toList();
    Op backward = new RegionOfInterest.RoiAlignBackward(op.grid(), op.scales(), maps);
    List<Tensor> levels = p.runAll(backward, p.dy(), p.in(0), p.in(1));
    for (int i = 2; i < result.length; i++) {
      result[i] = p.needs(i) ? levels.get(i - 2) : null;
    }
    return result;
  }

  private static Tensor[] roiPool(RegionOfInterest.RoiPool op, Pullback p) {
    Op backward = new RegionOfInterest.RoiPoolBackward(op.scale(), p.shape(1));
    return new Tensor[] {null, p.run(backward, p.dy(), p.out(1), p.in(0))};
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
    Derivative<?> d = TABLE.getOrDefault(op.getClass(), Derivative.none("it has no rule"));
    if (!d.differentiable()) {
      String what = op.label() + (path.isEmpty() ? "" : " at " + path) + ": not differentiable: ";
      throw new AutogradException(what + d.reason() + ". Detach its inputs");
    }
    return (Derivative<O>) d;
  }
}
