package dev.maskrcnn.tensor.reference;

import dev.maskrcnn.tensor.shape.DType;

/**
 * Rounds a double to the precision in which a decision is taken. One {@code + − · /} or square root
 * of two floats, computed in double and then rounded to float, is exactly the float operation (53 ≥
 * 2·24 + 2 bits), so formulas written with this agree bit for bit with float code of the same
 * order.
 */
@FunctionalInterface
interface Rounding {
  /** {@code value} rounded. */
  double to(double value);

  /** Float rounding for all types up to 32 bits; none for F64. */
  static Rounding of(DType dtype) {
    return dtype == DType.F64 ? v -> v : v -> (float) v;
  }
}
