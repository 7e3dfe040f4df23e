package dev.maskrcnn.tensor.spi;

import dev.maskrcnn.tensor.op.Op;

/**
 * Computes one op on one backend. A kernel writes every element of every output, reads nothing else
 * than its inputs, and allocates no tensor.
 */
@FunctionalInterface
public interface Kernel<O extends Op> {
  void run(KernelCall<O> call);

  /** Name of the class that has the code, for those who want to read it. */
  default String writtenIn() {
    return KernelClass.name(this);
  }
}
