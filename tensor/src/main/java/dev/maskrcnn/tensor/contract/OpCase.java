package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import java.util.List;

/**
 * An op with inputs. Float outputs may differ by {@code tolerance} times the largest magnitude of
 * that output; integer outputs may not differ.
 *
 * @param smooth whether differences show the derivative there: false at a kink, such as a tie
 */
public record OpCase(String name, Op op, List<Operand> inputs, double tolerance, boolean smooth) {
  /** Values of all inputs up to which a check of the gradient is quick. */
  private static final int FEW = 4000;

  public OpCase {
    inputs = List.copyOf(inputs);
  }

  /** A case without a kink. */
  public OpCase(String name, Op op, List<Operand> inputs, double tolerance) {
    this(name, op, inputs, tolerance, true);
  }

  OpCase withoutGradient() {
    return new OpCase(name, op, inputs, tolerance, false);
  }

  /** Whether a derivative of the op can be checked on it: smooth, small, and with F32 inputs. */
  public boolean showsGradient() {
    return smooth
        && inputs.stream().anyMatch(i -> i.spec().dtype() == DType.F32)
        && inputs.stream().mapToInt(i -> i.values().length).sum() <= FEW;
  }

  /** This case with its F32 inputs as another float type, the values unchanged. */
  public OpCase in(DType dtype) {
    List<Operand> converted =
        inputs.stream().map(i -> i.spec().dtype() == DType.F32 ? i.as(dtype) : i).toList();
    return new OpCase(name + " in " + dtype, op, converted, tolerance, smooth);
  }

  @Override
  public String toString() {
    return op.getClass().getSimpleName() + ": " + name;
  }
}
