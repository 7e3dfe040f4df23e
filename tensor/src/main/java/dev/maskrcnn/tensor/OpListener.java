package dev.maskrcnn.tensor;

import dev.maskrcnn.tensor.op.Op;
import java.util.List;

/** Is told of every op that a device ran: for timing, tracing, and memory reports. */
@FunctionalInterface
public interface OpListener {
  /**
   * Called after an op ran.
   *
   * @param nanos wall-clock time of the kernel in nanoseconds
   * @param path module path at the time of the call, possibly empty
   */
  void ran(Op op, List<Tensor> inputs, List<Tensor> outputs, long nanos, String path);
}
