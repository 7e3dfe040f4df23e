package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Tensor;

/**
 * A tensor that a derivative rule asked the tape to keep.
 *
 * @param slot which input or output of the op it is
 * @param tensor a handle of the tape's own, closed when the backward pass is done with the node
 * @param version of the memory at the time of recording
 */
public record Kept(Slot slot, Tensor tensor, long version) {

  static Kept of(Slot slot, Tensor tensor) {
    return new Kept(slot, tensor.share(), tensor.storage().version());
  }
}
