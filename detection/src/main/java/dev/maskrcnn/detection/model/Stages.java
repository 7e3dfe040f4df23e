package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.Tensor;

/**
 * Is shown the intermediate results of a forward pass by name, such as {@code rpn_objectness/0} or
 * {@code box_rois}; for tests, inspection and teaching. The tensors live until the pass ends.
 */
@FunctionalInterface
public interface Stages {
  /** Ignores everything. */
  Stages NONE = (name, value) -> {};

  /** Called once per stage and pass. */
  void stage(String name, Tensor value);
}
