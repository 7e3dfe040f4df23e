package dev.maskrcnn.autograd;

import dev.maskrcnn.tensor.shape.Spec;

/**
 * One line of a {@link Tape}: a value that depends on something differentiable. Its id is its
 * position on the tape, so inputs always have smaller ids than what was computed from them.
 */
public sealed interface Entry permits Leaf, Node {
  /** Position on the tape. */
  int id();

  /** Shape and type of the value and of its gradient. */
  Spec spec();

  /** For messages and pictures. */
  String label();
}
