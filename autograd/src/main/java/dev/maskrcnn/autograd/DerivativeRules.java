package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Convolution;
import dev.maskrcnn.tensor.op.LinearAlgebra;
import dev.maskrcnn.tensor.op.Movement;
import dev.maskrcnn.tensor.op.Normalization;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise;
import dev.maskrcnn.tensor.op.Pooling;
import dev.maskrcnn.tensor.op.RegionOfInterest;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;
import java.util.stream.IntStream;

/** The rules of {@link Derivatives} that are longer than a line. */
final class DerivativeRules {
  private DerivativeRules() {}

  /** With A' = A or Aᵀ and B' = B or Bᵀ: dA' = dy·B'ᵀ and dB' = A'ᵀ·dy. */
  static Tensor[] matMul(LinearAlgebra.MatMul op, Pullback p) {
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
  static Tensor[] sumRows(LinearAlgebra.SumRows op, Pullback p) {
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

  static Tensor[] conv2d(Convolution.Conv2d op, Pullback p) {
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
  static Tensor[] convTranspose2d(Convolution.ConvTranspose2d op, Pullback p) {
    Tensor g = p.dy(op.epilogue().relu());
    Convolution.Window window = Convolution.Window.of(op.stride(), 0);
    Shape w = p.shape(1);
    Op weights = new Convolution.Conv2dBackwardWeights(window, w.dim(1), w.dim(2), false);
    return p.gradients(
        () -> g.conv2d(p.in(1), window),
        () -> p.run(weights, g, p.in(0)),
        () -> p.run(new LinearAlgebra.SumRows(), g));
  }

  static Tensor[] maxPool2d(Pooling.MaxPool2d op, Pullback p) {
    Shape x = p.shape(0);
    Op backward =
        new Pooling.MaxPool2dBackward(op.kernel(), op.stride(), op.padding(), x.dim(1), x.dim(2));
    return p.first(backward, p.dy(), p.out(1));
  }

  /** One pass over the group for all three. */
  static Tensor[] groupNorm(Normalization.GroupNorm op, Pullback p) {
    Op backward = new Normalization.GroupNormBackward(op.groups());
    List<Tensor> all = p.runAll(backward, p.dy(op.relu()), p.in(0), p.in(1), p.out(1), p.out(2));
    return p.gradients(() -> all.get(0), () -> all.get(1), () -> all.get(2));
  }

  /** dx = y·dy − y·⟨y, dy⟩ per row. */
  static Tensor[] softmax(Normalization.Softmax op, Pullback p) {
    Shape matrix = matrix(p.shape(0));
    Tensor y = p.out(0).reshape(matrix);
    Tensor g = p.dy().reshape(matrix);
    Tensor dots = p.run(new LinearAlgebra.RowDots(), y, g);
    return p.gradients(() -> y.mul(g).sub(y.scaleRows(dots)).reshape(p.shape(0)));
  }

  static Tensor[] concat(Movement.Concat op, Pullback p) {
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

  /** One scatter for all levels. Regions are constants, as in Mask R-CNN. */
  static Tensor[] roiAlign(RegionOfInterest.RoiAlign op, Pullback p) {
    Tensor[] result = new Tensor[p.inputs()];
    List<Shape> maps = IntStream.range(2, result.length).mapToObj(p::shape).toList();
    Op backward = new RegionOfInterest.RoiAlignBackward(op.grid(), op.scales(), maps);
    List<Tensor> levels = p.runAll(backward, p.dy(), p.in(0), p.in(1));
    for (int i = 2; i < result.length; i++) {
      result[i] = p.needs(i) ? levels.get(i - 2) : null;
    }
    return result;
  }

  static Tensor[] roiPool(RegionOfInterest.RoiPool op, Pullback p) {
    Op backward = new RegionOfInterest.RoiPoolBackward(op.scale(), p.shape(1));
    return new Tensor[] {null, p.run(backward, p.dy(), p.out(1), p.in(0))};
  }
}
