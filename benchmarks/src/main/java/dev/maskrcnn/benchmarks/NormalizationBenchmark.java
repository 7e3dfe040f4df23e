package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.op.Normalization.GroupNormBackward;
import dev.maskrcnn.tensor.op.Normalization.Softmax;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Group normalisation of P2 and of RoI features, and the softmax of 512 boxes. */
@Measures({GroupNorm.class, GroupNormBackward.class, Softmax.class})
public class NormalizationBenchmark extends OpBenchmark {
  @Param({"1x200x336x256", "512x14x14x256"})
  public String shape;

  private Tensor x;
  private Tensor dy;
  private Tensor gamma;
  private Tensor beta;
  private Tensor mean;
  private Tensor scale;
  private Tensor logits;

  @Override
  protected void operands() {
    x = normal(dims(shape));
    dy = normal(dims(shape));
    gamma = normal(256);
    beta = normal(256);
    List<Tensor> outputs = make(new GroupNorm(32, 1e-5, true), x, gamma, beta);
    mean = outputs.get(1);
    scale = outputs.get(2);
    logits = normal(512, 81);
  }

  /** 32 groups, with ReLU. */
  @Benchmark
  public void groupNorm() {
    run(new GroupNorm(32, 1e-5, true), x, gamma, beta);
  }

  /** 32 groups. */
  @Benchmark
  public void groupNormBackward() {
    run(new GroupNormBackward(32), dy, x, gamma, mean, scale);
  }

  /** Over 81 classes. */
  @Benchmark
  public void softmax() {
    run(new Softmax(), logits);
  }
}
