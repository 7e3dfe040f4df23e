package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.ModelSize;
import dev.maskrcnn.tensor.contract.Workload;
import java.util.List;
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
 * One op at the size that Mask R-CNN R-50-FPN gives it on images of 800×1344: a case of {@link
 * dev.maskrcnn.tensor.contract.OpCases#benchmarks}, dispatched in a frame of its own and waited
 * for.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class OpBenchmark {
  /** Name of the device, as {@link Device#open} takes it. */
  @Param({"cpu"})
  public String device;

  /** Name of the case; {@link Benchmarks} puts in those that were asked for. */
  @Param({"MatMul/fc6"})
  public String op;

  /** Images at a time. */
  @Param({"1"})
  public int images;

  private Device on;
  private Workload work;
  private List<Tensor> inputs;

  /** Opens the device and makes the inputs, which lie in its root frame. */
  @Setup(Level.Trial)
  public void open() {
    work = Benchmarks.named(op).of(ModelSize.FULL, images);
    on = Device.open(device);
    inputs = work.inputs().stream().map(i -> i.on(on)).toList();
  }

  /** Closes the device with all inputs. */
  @TearDown(Level.Trial)
  public void close() {
    on.close();
  }

  /** Dispatches the op, waits for it, and frees what it made. */
  @Benchmark
  public void run() {
    try (Frame frame = on.push("benchmark")) {
      on.dispatch(work.op(), inputs);
      on.synchronize();
    }
  }
}
