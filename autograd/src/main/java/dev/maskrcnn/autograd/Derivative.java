package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * What {@link Derivatives} says about one op type: a rule, or that there is none and why.
 *
 * @param keep the operands that the rule reads
 * @param constants inputs by which the op cannot be differentiated (labels, regions, indices)
 * @param reason why there is no rule; null if there is one
 */
record Derivative<O extends Op>(
    Function<O, List<Slot>> keep, Rule<O> rule, Set<Integer> constants, String reason) {

  /** Gives the gradient of each input; null for one that is not needed or not differentiable. */
  @FunctionalInterface
  interface Rule<O extends Op> {
    Tensor[] apply(O op, Pullback p);
  }

  static <O extends Op> Derivative<O> of(Function<O, List<Slot>> keep, Rule<O> rule) {
    return new Derivative<>(keep, rule, Set.of(), null);
  }

  static <O extends Op> Derivative<O> none(String reason) {
    return new Derivative<>(op -> List.of(), (op, p) -> new Tensor[0], Set.of(), reason);
  }

  boolean differentiable() {
    return reason == null;
  }
}
