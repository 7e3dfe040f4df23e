package dev.maskrcnn.tensor.contract;

import dev.maskrcnn.tensor.op.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Collects what is known of the ops: cases on which backends agree, and sizes to measure. */
final class CaseList {
  /** For ops that round more than once. */
  private static final double DEFAULT = 1e-5;

  /** For ops that move or compare, or round once as IEEE 754 says. */
  private static final double EXACT = 0;

  private final List<OpCase> cases = new ArrayList<>();
  private final List<BenchmarkCase> benchmarks = new ArrayList<>();

  CaseList add(String name, Op op, Operand... inputs) {
    return add(DEFAULT, name, op, inputs);
  }

  CaseList exact(String name, Op op, Operand... inputs) {
    return add(EXACT, name, op, inputs);
  }

  CaseList add(double tolerance, String name, Op op, Operand... inputs) {
    cases.add(new OpCase(name, op, List.of(inputs), tolerance));
    return this;
  }

  /** The case just added has no derivative there, or none that differences can show. */
  void atKink() {
    cases.add(cases.remove(cases.size() - 1).withoutGradient());
  }

  /** What to measure of an op. */
  void bench(String variant, Function<ModelInputs, Workload> make) {
    bench(variant, false, make);
  }

  /** A layer to measure if it is asked for by name. */
  void layer(String variant, Function<ModelInputs, Workload> make) {
    bench(variant, true, make);
  }

  void bench(String variant, boolean layer, Function<ModelInputs, Workload> make) {
    benchmarks.add(new BenchmarkCase(variant, layer, make));
  }

  List<OpCase> cases() {
    return List.copyOf(cases);
  }

  List<BenchmarkCase> benchmarks() {
    return List.copyOf(benchmarks);
  }
}
