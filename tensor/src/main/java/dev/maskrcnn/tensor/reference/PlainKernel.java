package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.op.Op;

/** A kernel on plain Java arrays. */
@FunctionalInterface
interface PlainKernel<O extends Op> {
  void run(O op, Operands operands);
}
