package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import java.util.List;
import java.util.Set;

/**
 * What {@link Derivatives} says about one op type: a rule, or that there is none and why.
 *
 * @param keep the operands that the rule reads
 * @param constants inputs by which the op cannot be differentiated (labels, regions, indices)
 * @param formula gradients of the inputs by {@code dy}; empty if there is no rule
 * @param words the same as a sentence, or why there is no rule
 */
record Derivative<O extends Op>(
    Keep<? super O> keep, Rule<O> rule, Set<Integer> constants, String formula, String words) {

  /** Chooses the operands that the tape keeps. */
  @FunctionalInterface
  interface Keep<O extends Op> {
    List<Slot> of(O op);
  }

  /** Gives the gradient of each input; null for one that is not needed or not differentiable. */
  @FunctionalInterface
  interface Rule<O extends Op> {
    Tensor[] apply(O op, Pullback p);
  }

  static <O extends Op> Derivative<O> none(String reason) {
    return new Derivative<>(op -> List.of(), (op, p) -> new Tensor[0], Set.of(), "", reason);
  }

  /** The rule that an op brings itself. */
  static Derivative<Op> of(DifferentiableOp op) {
    return new Derivative<>(
        o -> op.kept(),
        (o, p) -> op.gradients(p),
        op.constants(),
        "its own",
        "the op has its rule");
  }

  boolean differentiable() {
    return !formula.isEmpty();
  }
}
