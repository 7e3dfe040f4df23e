package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/** Group normalisation (Wu and He 2018) on NHWC images or rows {@code [R,C]}, and softmax. */
public sealed interface Normalization extends Op {

  /**
   * Inputs x {@code [N,…,C]}, gamma {@code [C]}, beta {@code [C]}. Outputs y (ReLU applied if
   * {@code relu}), and mean and 1/deviation, each {@code [N,groups]}. The variance is biased.
   */
  record GroupNorm(int groups, double epsilon, boolean relu) implements Normalization {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 3);
      Check.floating(this, in, 0, 1, 2);
      Shape x = in.get(0).shape();
      Check.that(this, in, x.rank() >= 2, "input 0 must have at least rank 2");
      int c = x.dim(-1);
      Check.that(this, in, c % groups == 0, c + " channels do not divide into groups");
      Check.shape(this, in, 1, Shape.of(c));
      Check.shape(this, in, 2, Shape.of(c));
      Spec stats = new Spec(Shape.of(x.dim(0), groups), in.get(0).dtype());
      return List.of(in.get(0), stats, stats);
    }
  }

  /**
   * Inputs dy (masked by the ReLU already), x, gamma, mean, 1/deviation. Outputs dx, dgamma, dbeta.
   */
  record GroupNormBackward(int groups) implements Normalization {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 5);
      Check.floating(this, in, 0, 1, 2, 3, 4);
      Check.shape(this, in, 1, in.get(0).shape());
      Shape x = in.get(0).shape();
      Check.that(this, in, x.rank() >= 2, "input 0 must have at least rank 2");
      Check.that(this, in, x.dim(-1) % groups == 0, "channels do not divide into groups");
      Check.shape(this, in, 2, Shape.of(x.dim(-1)));
      Check.shape(this, in, 3, Shape.of(x.dim(0), groups));
      Check.shape(this, in, 4, Shape.of(x.dim(0), groups));
      return List.of(in.get(1), in.get(2), in.get(2));
    }
  }

  /** Softmax over the last axis. */
  record Softmax() implements Normalization {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Check.floating(this, in, 0);
      Check.that(this, in, in.get(0).shape().rank() >= 1, "input 0 must have an axis");
      return List.of(in.get(0));
    }
  }
}
