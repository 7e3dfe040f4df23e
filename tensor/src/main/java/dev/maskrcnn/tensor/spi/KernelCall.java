package dev.maskrcnn.tensor.spi;

import dev.maskrcnn.tensor.op.Op;
import java.util.List;

/**
 * One execution of a kernel: the op, its checked inputs, and allocated (uninitialised) outputs of
 * the specs that {@link Op#infer} gave.
 */
public record KernelCall<O extends Op>(O op, List<DenseArray> inputs, List<DenseArray> outputs) {

  /** Input {@code i}. */
  public DenseArray in(int i) {
    return inputs.get(i);
  }

  /** Output {@code i}. */
  public DenseArray out(int i) {
    return outputs.get(i);
  }
}
