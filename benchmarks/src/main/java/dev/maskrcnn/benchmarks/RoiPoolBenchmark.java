package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPool;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPoolBackward;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** RoIPool of 512 RoIs to 7×7 bins on the single map of a C4 body, 1024 channels at 1/16. */
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Measures({RoiPool.class, RoiPoolBackward.class})
public class RoiPoolBenchmark extends OpBenchmark {
  private static final double SCALE = 1.0 / 16;

  private Tensor rois;
  private Tensor features;
  private Tensor pooled;
  private Tensor winner;

  @Override
  protected void operands() {
    rois = new Operands(on).rois(1, 512, ModelSize.FULL);
    features = normal(1, 50, 84, 1024);
    List<Tensor> outputs = make(new RoiPool(7, 7, SCALE), rois, features);
    pooled = outputs.get(0);
    winner = outputs.get(1);
  }

  @Benchmark
  public void forward() {
    run(new RoiPool(7, 7, SCALE), rois, features);
  }

  @Benchmark
  public void backward() {
    run(new RoiPoolBackward(SCALE, features.shape()), pooled, winner, rois);
  }
}
