package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Update.SgdRates;
import dev.maskrcnn.tensor.op.Update.SgdRule;
import dev.maskrcnn.tensor.op.Update.SgdStep;
import dev.maskrcnn.tensor.op.Update.SgdUpdate;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;

/** SGD with momentum on 25 million numbers: three read, two written. */
@Measures({SgdStep.class, SgdUpdate.class})
public class UpdateBenchmark extends OpBenchmark {
  private static final SgdUpdate UPDATE =
      new SgdUpdate(
          new SgdRates(1e-9, 2e-9),
          0.9,
          LossScaling.dynamic(),
          List.of(new SgdRule(false, 1e-4, false)));

  private Tensor scale;
  private Tensor counters;
  private Tensor parameter;
  private Tensor velocity;
  private Tensor gradient;

  @Override
  protected void operands() {
    scale = on.filled(Spec.of(DType.F32, 1), 8192);
    counters = on.filled(Spec.of(DType.I32, SgdUpdate.COUNTERS), 0);
    parameter = normal(25_000_000);
    velocity = normal(25_000_000);
    gradient = normal(25_000_000);
  }

  /** One step; the rate is small so that the numbers stay finite. */
  @Benchmark
  public void sgdStep() {
    run(new SgdStep(1e-9, 0.9, 1e-4, false), parameter, velocity, gradient);
  }

  /** The same as one of the parameters of a model, gradients checked and the scale taken out. */
  @Benchmark
  public void sgdUpdate() {
    run(UPDATE, scale, counters, parameter, velocity, gradient);
  }
}
