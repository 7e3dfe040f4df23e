package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Device;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One training step (forward, losses, backward, SGD) and one detection pass of Mask R-CNN R-50-FPN
 * on images of 800×1333; {@link StepTimer} times the same work beside other systems.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 10)
@Fork(1)
public class StepBenchmark {
  @Param({"cpu"})
  public String device;

  /** Images at a time. */
  @Param({"1"})
  public int batch;

  /** Precision: float32, float16 or bfloat16. */
  @Param({"float32"})
  public String dtype;

  private StepWork work;

  /** Builds the model. */
  @Setup(Level.Trial)
  public void open() {
    work = new StepWork(Device.open(device), batch, dtype);
  }

  @TearDown(Level.Trial)
  public void close() {
    work.close();
  }

  /** A step; the result is the number of mask RoIs. */
  @Benchmark
  public int train() {
    return work.train();
  }

  /** A detection pass; the result is the number of detections. */
  @Benchmark
  public int infer() {
    return work.infer();
  }
}
