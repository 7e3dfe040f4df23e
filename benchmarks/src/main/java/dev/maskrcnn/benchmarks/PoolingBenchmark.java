package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2d;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2dBackward;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearest;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearestBackward;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;

/** Pooling of the stem, and the top-down path from P3 to P2. */
@Measures({
  MaxPool2d.class,
  MaxPool2dBackward.class,
  UpsampleNearest.class,
  UpsampleNearestBackward.class
})
public class PoolingBenchmark extends OpBenchmark {
  private Tensor stem;
  private Tensor pooled;
  private Tensor winner;
  private Tensor p5;
  private Tensor p3;
  private Tensor p2;

  @Override
  protected void operands() {
    stem = normal(1, 400, 672, 64);
    List<Tensor> outputs = make(new MaxPool2d(3, 2, 1), stem);
    pooled = outputs.get(0);
    winner = outputs.get(1);
    p5 = normal(1, 25, 42, 256);
    p3 = normal(1, 100, 168, 256);
    p2 = normal(1, 200, 336, 256);
  }

  /** 3×3 by 2. */
  @Benchmark
  public void maxPool() {
    run(new MaxPool2d(3, 2, 1), stem);
  }

  /** 3×3 by 2. */
  @Benchmark
  public void maxPoolBackward() {
    run(new MaxPool2dBackward(3, 2, 1, 400, 672), pooled, winner);
  }

  /** P6 from P5. */
  @Benchmark
  public void subsample() {
    run(new MaxPool2d(1, 2, 0), p5);
  }

  /** P3 to the size of P2. */
  @Benchmark
  public void upsample() {
    run(new UpsampleNearest(200, 336), p3);
  }

  /** P2 to the size of P3. */
  @Benchmark
  public void upsampleBackward() {
    run(new UpsampleNearestBackward(100, 168), p2);
  }
}
