package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.CustomOp;
import java.util.List;
import java.util.Set;

/** An op of a program of its own with a derivative: what {@link Derivatives} is for the others. */
public interface DifferentiableOp extends CustomOp {
  /** The inputs and outputs that {@link #gradients} reads; the tape keeps them. */
  List<Slot> kept();

  /** The gradient of each input, by {@link Pullback#gradients}. */
  Tensor[] gradients(Pullback p);

  /** Inputs by which the op cannot be differentiated, such as labels and indices. */
  default Set<Integer> constants() {
    return Set.of();
  }
}
