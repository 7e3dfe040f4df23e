package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.LinearAlgebra.RowDots;
import dev.maskrcnn.tensor.op.LinearAlgebra.Sum;
import dev.maskrcnn.tensor.op.LinearAlgebra.SumRows;
import org.openjdk.jmh.annotations.Benchmark;

/** Sums over P2 and over a weight. */
@Measures({RowDots.class, Sum.class, SumRows.class})
public class ReductionBenchmark extends OpBenchmark {
  private Tensor x;
  private Tensor weight;

  @Override
  protected void operands() {
    x = normal(1, 200, 336, 256);
    weight = normal(512, 3, 3, 512);
  }

  /** The gradient of a bias of P2. */
  @Benchmark
  public void sumRows() {
    run(new SumRows(), x);
  }

  /** All of P2. */
  @Benchmark
  public void sum() {
    run(new Sum(), x);
  }

  /** The gradient of a norm that is folded into a weight. */
  @Benchmark
  public void rowDots() {
    run(new RowDots(), weight, weight);
  }
}
