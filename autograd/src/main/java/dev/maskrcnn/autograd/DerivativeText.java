package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.op.Convolution;
import dev.maskrcnn.tensor.op.LinearAlgebra;
import dev.maskrcnn.tensor.op.Loss;
import dev.maskrcnn.tensor.op.Movement;
import dev.maskrcnn.tensor.op.Normalization;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise;
import dev.maskrcnn.tensor.op.Pooling;
import dev.maskrcnn.tensor.op.RegionOfInterest;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The rules of {@link Derivatives} for people. {@code dy} is the gradient of the output, ⊙ a
 * product element by element.
 */
final class DerivativeText {
  private static final Map<Class<? extends Op>, DerivativeText> TABLE = new LinkedHashMap<>();

  private final String formula;
  private final String words;

  private DerivativeText(String formula, String words) {
    this.formula = formula;
    this.words = words;
  }

  static {
    pointwise();
    products();
    convolution();
    movement();
    losses();
  }

  private static void put(Class<? extends Op> type, String formula, String words) {
    TABLE.put(type, new DerivativeText(formula, words));
  }

  private static void pointwise() {
    put(Pointwise.Add.class, "da = dy,  db = dy", "both inputs get the gradient unchanged");
    put(Pointwise.Sub.class, "da = dy,  db = −dy", "the second input gets it with its sign turned");
    put(Pointwise.Mul.class, "da = dy ⊙ b,  db = dy ⊙ a", "each factor is the slope of the other");
    put(Pointwise.Scale.class, "da = factor · dy", "the slope is the factor");
    put(Pointwise.Relu.class, "da = dy where y > 0, else 0", "gradient passes where output did");
    put(Pointwise.Sigmoid.class, "da = dy ⊙ (y − y²)", "the slope is y(1 − y), from the output");
    put(Pointwise.Exp.class, "da = dy ⊙ y", "the exponential is its own slope");
    put(Pointwise.Log.class, "da = dy / a", "the slope of the logarithm is 1/a");
    put(Pointwise.Reciprocal.class, "da = −dy ⊙ y²", "the slope of 1/a is −1/a²");
    put(
        Pointwise.ScaleRows.class,
        "dw[o] = s[o] · dy[o],  ds[o] = ⟨dy[o], w[o]⟩",
        "rows are scaled alike; the scale of a row collects the products with it");
    put(Pointwise.Expand.class, "da = Σ dy", "one value was used everywhere: sum over all uses");
    put(Pointwise.Cast.class, "da = dy in the type of a", "only the type changes back");
  }

  private static void products() {
    put(
        LinearAlgebra.MatMul.class,
        "dA = dy·Bᵀ,  dB = Aᵀ·dy,  dbias = Σ_rows dy",
        "a product's slope by one factor is the other, transposed; with a fused ReLU dy is first"
            + " set to 0 where y is 0");
    put(LinearAlgebra.Sum.class, "da = dy everywhere", "each element counts once in the sum");
    put(LinearAlgebra.SumRows.class, "da[row] = dy", "every row gets the same gradient");
    put(
        LinearAlgebra.RowDots.class,
        "da[o] = dy[o] · b[o],  db[o] = dy[o] · a[o]",
        "each row of one is the slope of the other's");
    put(
        Normalization.GroupNorm.class,
        "dx = γ/σ · (dy − mean(dy) − x̂ · mean(dy ⊙ x̂)),  dγ = Σ dy ⊙ x̂,  dβ = Σ dy",
        "mean and deviation depend on x too, so what would only shift or scale the group is taken"
            + " out; x̂ is the normalised x, means are over the group of γ·dy");
    put(
        Normalization.Softmax.class,
        "dx = y ⊙ (dy − ⟨y, dy⟩)",
        "probabilities sum to 1: raising one lowers the others");
  }

  private static void convolution() {
    put(
        Convolution.Conv2d.class,
        "dx = dy ∗ᵀ w,  dw = x ∗ dy,  dbias = Σ_pixels dy,  dresidual = dy",
        "the gradient is sent back through the same taps; each tap of the weight collects the"
            + " products of the pixels that it joined; with a fused ReLU dy is first set to 0 where"
            + " y is 0");
    put(
        Convolution.ConvTranspose2d.class,
        "dx = dy ∗ w,  dw = dy ∗ x,  dbias = Σ_pixels dy",
        "it is the adjoint of a convolution, so its own adjoint is that convolution");
    put(
        Pooling.MaxPool2d.class,
        "dx[winner] += dy",
        "only the pixel that won its window matters; windows that overlap add up");
    put(
        Pooling.UpsampleNearest.class,
        "dx[i] = Σ dy over the copies of i",
        "a pixel that was copied collects from all its copies");
    put(
        RegionOfInterest.RoiAlign.class,
        "dfeature[p] += weight(p) · dy / samples",
        "each sampling point sends its share back to the four pixels it was interpolated from, with"
            + " the same weights; boxes are constants");
    put(
        RegionOfInterest.RoiPool.class,
        "dfeature[winner] += dy",
        "only the pixel that won its bin matters; boxes are constants");
  }

  private static void movement() {
    put(Movement.Concat.class, "dxᵢ = the i-th part of dy", "each input gets its own part back");
    put(Movement.Slice.class, "dx = dy inside, 0 outside", "what was cut off has no influence");
    put(
        Movement.GatherRows.class,
        "dx[index[k]] += dy[k]",
        "a row that was taken several times collects from all of them");
    put(
        Movement.SelectClass.class,
        "dx[r, :, label] = dy[r], 0 elsewhere",
        "only the part of the row's own class has influence");
  }

  private static void losses() {
    put(
        Loss.SoftmaxCrossEntropy.class,
        "dlogits = dy · (softmax − onehot(label)) / rows",
        "the probability that was given, less the one that was wanted; rows with label −1 get 0");
    put(
        Loss.BinaryCrossEntropy.class,
        "dlogits = dy · (sigmoid(x) − target) / count",
        "the probability that was given, less the one that was wanted; ignored elements get 0");
    put(
        Loss.SmoothL1.class,
        "dx = dy · clamp((x − target)/β, −1, 1) / rows,  sign(x − target) for β = 0",
        "proportional to a small error, constant for a large one; only rows with label > 0");
  }

  static DerivativeText of(Class<? extends Op> type) {
    return TABLE.getOrDefault(type, new DerivativeText("", ""));
  }

  String formula() {
    return formula;
  }

  String words() {
    return words;
  }
}
