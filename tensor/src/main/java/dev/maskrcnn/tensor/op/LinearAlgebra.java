package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/** Matrix products and sums over rows. */
public sealed interface LinearAlgebra extends Op {

  /**
   * {@code y = relu(A·B + bias)} with optional transposition: inputs a {@code [M,K]} (or {@code
   * [K,M]} if {@code transposeA}), b {@code [K,N]} (or {@code [N,K]}), bias {@code [N]} if {@code
   * bias}. Output {@code [M,N]}.
   */
  record MatMul(boolean transposeA, boolean transposeB, boolean bias, boolean relu)
      implements LinearAlgebra {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, bias ? 3 : 2);
      Check.rank(this, in, 0, 2);
      Check.rank(this, in, 1, 2);
      for (int i = 1; i < in.size(); i++) {
        Check.floating(this, in, 0, i);
      }
      Shape a = in.get(0).shape();
      Shape b = in.get(1).shape();
      int m = a.dim(transposeA ? 1 : 0);
      int k = a.dim(transposeA ? 0 : 1);
      int n = b.dim(transposeB ? 0 : 1);
      Check.that(this, in, b.dim(transposeB ? 1 : 0) == k, "the inner extents differ");
      if (bias) {
        Check.shape(this, in, 2, Shape.of(n));
      }
      return List.of(new Spec(Shape.of(m, n), in.get(0).dtype()));
    }
  }

  /** Sum over all axes but the last: {@code […,C]} → {@code [C]}; the gradient of a bias. */
  record SumRows() implements LinearAlgebra {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Check.floating(this, in, 0);
      Check.atLeastRank(this, in, 0, 1);
      return List.of(new Spec(Shape.of(in.get(0).shape().dim(-1)), in.get(0).dtype()));
    }
  }

  /**
   * For each row of a weight, the dot product with another: inputs a, b {@code [O,…]}; output
   * {@code [O]}. The gradient of {@link Pointwise.ScaleRows} by its scale.
   */
  record RowDots() implements LinearAlgebra {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.floating(this, in, 0, 1);
      Check.atLeastRank(this, in, 0, 1);
      Check.shape(this, in, 1, in.get(0).shape());
      return List.of(new Spec(Shape.of(in.get(0).shape().dim(0)), in.get(0).dtype()));
    }
  }

  /** Sum of all elements: a scalar of rank 0. */
  record Sum() implements LinearAlgebra {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Check.floating(this, in, 0);
      return List.of(new Spec(Shape.of(), in.get(0).dtype()));
    }
  }
}
