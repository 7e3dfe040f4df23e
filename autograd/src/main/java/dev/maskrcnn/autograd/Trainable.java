package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.Tensor;

/** Something that outlives tapes and wants a gradient from each of them: a parameter. */
public interface Trainable {
  /** Full name, such as {@code backbone.body.layer2.0.conv1.weight}. */
  String name();

  /** The present value. */
  Tensor tensor();
}
