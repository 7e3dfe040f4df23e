package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import java.util.List;

/**
 * An op with inputs. Float outputs may differ by {@code tolerance} times the largest magnitude of
 * that output; integer outputs may not differ.
 */
public record OpCase(String name, Op op, List<Operand> inputs, double tolerance) {
  public OpCase {
    inputs = List.copyOf(inputs);
  }

  /** This case with its F32 inputs as another float type, the values unchanged. */
  public OpCase in(DType dtype) {
    List<Operand> converted =
        inputs.stream().map(i -> i.spec().dtype() == DType.F32 ? i.as(dtype) : i).toList();
    return new OpCase(name + " in " + dtype, op, converted, tolerance);
  }

  @Override
  public String toString() {
    return op.getClass().getSimpleName() + ": " + name;
  }
}
