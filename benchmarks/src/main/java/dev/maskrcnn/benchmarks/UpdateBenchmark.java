package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Update.SgdStep;
import org.openjdk.jmh.annotations.Benchmark;

/** SGD with momentum on 25 million numbers: three read, two written. */
@Measures(SgdStep.class)
public class UpdateBenchmark extends OpBenchmark {
  private Tensor parameter;
  private Tensor velocity;
  private Tensor gradient;

  @Override
  protected void operands() {
    parameter = normal(25_000_000);
    velocity = normal(25_000_000);
    gradient = normal(25_000_000);
  }

  /** One step; the rate is small so that the numbers stay finite. */
  @Benchmark
  public void sgdStep() {
    run(new SgdStep(1e-9, 0.9, 1e-4, false), parameter, velocity, gradient);
  }
}
