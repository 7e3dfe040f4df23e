package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/**
 * Scalar losses. Rows whose label is negative are ignored and do not count in the mean; with
 * nothing to count the loss is 0.
 */
public sealed interface Loss extends Op {

  /**
   * Mean cross-entropy over rows with label ≥ 0: inputs logits {@code [R,K]}, label I32 {@code
   * [R]}; outputs loss (rank 0) and the softmax {@code [R,K]}.
   */
  record SoftmaxCrossEntropy() implements Loss {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.rank(this, in, 0, 2);
      Check.floating(this, in, 0);
      Check.dtype(this, in, 1, DType.I32);
      Check.shape(this, in, 1, Shape.of(in.get(0).shape().dim(0)));
      return List.of(new Spec(Shape.of(), in.get(0).dtype()), in.get(0));
    }
  }

  /** Inputs dloss (rank 0), softmax {@code [R,K]}, label; output dlogits. */
  record SoftmaxCrossEntropyBackward() implements Loss {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 3);
      Check.floating(this, in, 0, 1);
      Check.dtype(this, in, 2, DType.I32);
      Check.scalar(this, in, 0);
      Check.rank(this, in, 1, 2);
      Check.shape(this, in, 2, Shape.of(in.get(1).shape().dim(0)));
      return List.of(in.get(1));
    }
  }

  /**
   * Mean binary cross-entropy with logits over elements with target ≥ 0: inputs logits, target
   * (same float spec; −1 = ignored); output loss (rank 0).
   */
  record BinaryCrossEntropy() implements Loss {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.floating(this, in, 0, 1);
      Check.shape(this, in, 1, in.get(0).shape());
      return List.of(new Spec(Shape.of(), in.get(0).dtype()));
    }
  }

  /** Inputs dloss, logits, target; output dlogits. */
  record BinaryCrossEntropyBackward() implements Loss {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 3);
      Check.floating(this, in, 0, 1, 2);
      Check.scalar(this, in, 0);
      Check.shape(this, in, 2, in.get(1).shape());
      return List.of(in.get(1));
    }
  }

  /**
   * Σ over rows with label &gt; 0 of smoothL1(prediction − target), divided by the number of rows
   * with label ≥ 0. smoothL1(d) = 0.5·d²/beta if |d| &lt; beta, else |d| − 0.5·beta. Inputs
   * prediction {@code [R,4]}, target {@code [R,4]}, label I32 {@code [R]}.
   */
  record SmoothL1(double beta) implements Loss {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 3);
      Check.rank(this, in, 0, 2);
      Check.floating(this, in, 0, 1);
      Check.shape(this, in, 1, in.get(0).shape());
      Check.dtype(this, in, 2, DType.I32);
      Check.shape(this, in, 2, Shape.of(in.get(0).shape().dim(0)));
      return List.of(new Spec(Shape.of(), in.get(0).dtype()));
    }
  }

  /** Inputs dloss, prediction, target, label; output dprediction. */
  record SmoothL1Backward(double beta) implements Loss {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 4);
      Check.floating(this, in, 0, 1, 2);
      Check.dtype(this, in, 3, DType.I32);
      Check.scalar(this, in, 0);
      Check.rank(this, in, 1, 2);
      Check.shape(this, in, 2, in.get(1).shape());
      Check.shape(this, in, 3, Shape.of(in.get(1).shape().dim(0)));
      return List.of(in.get(1));
    }
  }
}
