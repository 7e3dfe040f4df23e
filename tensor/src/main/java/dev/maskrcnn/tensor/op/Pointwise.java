package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/** Ops that work on each element by itself. Operands have equal shapes: nothing broadcasts. */
public sealed interface Pointwise extends Op {

  /** Checks one floating input; the output has its spec. */
  private static List<Spec> unary(Op op, List<Spec> in) {
    Check.count(op, in, 1);
    Check.floating(op, in, 0);
    return List.of(in.get(0));
  }

  /** Checks two floating inputs of equal spec; the output has it too. */
  private static List<Spec> binary(Op op, List<Spec> in) {
    Check.count(op, in, 2);
    Check.floating(op, in, 0, 1);
    Check.shape(op, in, 1, in.get(0).shape());
    return List.of(in.get(0));
  }

  /**
   * A function of one number without attributes: the shape rule is here, and a CUDA kernel is found
   * by the name of the record ({@code Relu}: {@code relu_f32}, {@code relu_f16}, {@code
   * relu_bf16}).
   */
  sealed interface Unary extends Pointwise {
    @Override
    default List<Spec> infer(List<Spec> in) {
      return unary(this, in);
    }
  }

  /** {@code a + b}. */
  record Add() implements Pointwise {
    @Override
    public List<Spec> infer(List<Spec> in) {
      return binary(this, in);
    }
  }

  /** {@code a − b}. */
  record Sub() implements Pointwise {
    @Override
    public List<Spec> infer(List<Spec> in) {
      return binary(this, in);
    }
  }

  /** {@code a · b}. */
  record Mul() implements Pointwise {
    @Override
    public List<Spec> infer(List<Spec> in) {
      return binary(this, in);
    }
  }

  /** {@code factor · a}. */
  record Scale(double factor) implements Pointwise {
    @Override
    public List<Spec> infer(List<Spec> in) {
      return unary(this, in);
    }
  }

  /** {@code max(a, 0)}. */
  record Relu() implements Unary {}

  /** Inputs y (output of a ReLU), dy; {@code y > 0 ? dy : 0}. */
  record ReluBackward() implements Pointwise {
    @Override
    public List<Spec> infer(List<Spec> in) {
      return binary(this, in);
    }
  }

  /** {@code 1 / (1 + e^−a)}. */
  record Sigmoid() implements Unary {}

  /** {@code e^a}. */
  record Exp() implements Unary {}

  /** {@code ln a}. */
  record Log() implements Unary {}

  /** {@code 1 / a}. */
  record Reciprocal() implements Unary {}

  /** Inputs w {@code [O,…]}, s {@code [O]}; row o times s[o]: folds a norm into a weight. */
  record ScaleRows() implements Pointwise {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2);
      Check.floating(this, in, 0, 1);
      Check.atLeastRank(this, in, 0, 1);
      Check.shape(this, in, 1, Shape.of(in.get(0).shape().dim(0)));
      return List.of(in.get(0));
    }
  }

  /** A scalar input (one element) repeated to a shape; the gradient of a sum. */
  record Expand(Shape shape) implements Pointwise {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Check.floating(this, in, 0);
      Check.that(this, in, in.get(0).shape().size() == 1, "the input must have one element");
      return List.of(new Spec(shape, in.get(0).dtype()));
    }
  }

  /**
   * A tensor of one value, made on the device: nothing is copied from the host, so it may be part
   * of a captured pass. No input; the value is rounded to the type.
   */
  record Fill(Spec spec, double value) implements Pointwise {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 0);
      return List.of(spec);
    }
  }

  /** Adds the second input to the first in place; no output. */
  record Accumulate() implements Pointwise {
    @Override
    public List<Spec> infer(List<Spec> in) {
      binary(this, in);
      return List.of();
    }

    @Override
    public List<Integer> mutates() {
      return List.of(0);
    }
  }

  /** Conversion to a floating type, from another one or from I32. */
  record Cast(DType to) implements Pointwise {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 1);
      Check.that(
          this,
          in,
          to.isFloat() && (in.get(0).dtype().isFloat() || in.get(0).dtype() == DType.I32),
          "can only cast floating types and i32 to a floating type");
      return List.of(new Spec(in.get(0).shape(), to));
    }
  }
}
