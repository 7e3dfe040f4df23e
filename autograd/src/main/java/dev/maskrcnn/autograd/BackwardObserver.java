package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Tensor;
import java.util.List;

/** Is told of each step of a backward pass: for stepping, timing and statistics of gradients. */
@FunctionalInterface
public interface BackwardObserver {
  /**
   * Called after the rule of a node ran and before anything is freed.
   *
   * @param node the op that is being differentiated
   * @param gradient of its output; valid during the call only
   * @param gradients of its inputs, null where the input needs none; valid during the call only
   * @param nanos wall-clock time of the rule (of its launches, on a GPU)
   */
  void ran(Node node, Tensor gradient, List<Tensor> gradients, long nanos);
}
