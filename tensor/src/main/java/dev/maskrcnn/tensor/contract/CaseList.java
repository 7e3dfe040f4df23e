package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.op.Op;
import java.util.ArrayList;
import java.util.List;

/** Collects the cases of a family. */
final class CaseList {
  /** For ops that round more than once. */
  static final double DEFAULT = 1e-5;

  /** For ops that move or compare, or round once as IEEE 754 says. */
  static final double EXACT = 0;

  private final List<OpCase> cases = new ArrayList<>();

  void add(String name, Op op, Operand... inputs) {
    add(DEFAULT, name, op, inputs);
  }

  void exact(String name, Op op, Operand... inputs) {
    add(EXACT, name, op, inputs);
  }

  void add(double tolerance, String name, Op op, Operand... inputs) {
    cases.add(new OpCase(name, op, List.of(inputs), tolerance));
  }

  List<OpCase> cases() {
    return cases;
  }
}
