package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;

/**
 * An operation with its attributes, without its operands. The catalogue is closed: every op is a
 * record in one of the families below, so it prints itself, serves as a cache key, and a test can
 * compare the catalogue with the kernel tables, the derivatives and the benchmarks. Programs add
 * ops of their own as {@link CustomOp}s.
 */
public sealed interface Op
    permits Convolution,
        LinearAlgebra,
        Pointwise,
        Movement,
        Pooling,
        Normalization,
        Loss,
        RegionOfInterest,
        Boxes,
        Masks,
        Update,
        CustomOp {

  /**
   * Specs of the outputs for the given input specs.
   *
   * @throws dev.maskrcnn.tensor.shape.ShapeException if the inputs do not fit the op
   */
  List<Spec> infer(List<Spec> inputs);

  /** Name and attributes, for messages. */
  default String label() {
    return toString();
  }

  /** Indices of inputs that the op overwrites; the tape refuses to record such ops. */
  default List<Integer> mutates() {
    return List.of();
  }
}
