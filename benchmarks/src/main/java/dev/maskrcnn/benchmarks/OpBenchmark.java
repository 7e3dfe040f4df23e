package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
 * What the benchmarks of the op families share: the device, random operands, and one dispatch in a
 * frame of its own. Sizes are those of R-50-FPN at 800×1344. A subclass makes its operands in
 * {@link #operands}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public abstract class OpBenchmark {
  /** Name of the device, as {@link Device#open} takes it. */
  @Param({"cpu"})
  public String device;

  /** The open device; all operands lie in its root frame. */
  protected Device on;

  /** Opens the device and makes the operands. */
  @Setup(Level.Trial)
  public void open() {
    on = Device.open(device);
    operands();
  }

  /** Closes the device with all operands. */
  @TearDown(Level.Trial)
  public void close() {
    on.close();
  }

  /** Makes the operands that live as long as the trial. */
  protected abstract void operands();

  /** Dispatches an op, waits for it, and frees what it made. */
  protected final void run(Op op, Tensor... inputs) {
    run(op, List.of(inputs));
  }

  /** Dispatches an op, waits for it, and frees what it made. */
  protected final void run(Op op, List<Tensor> inputs) {
    Frame frame = on.push("benchmark");
    try {
      on.dispatch(op, inputs);
      on.synchronize();
    } finally {
      frame.close();
    }
  }

  /** The outputs of an op, kept for the trial. */
  protected final List<Tensor> make(Op op, Tensor... inputs) {
    return on.dispatch(op, List.of(inputs));
  }

  /** A shape from text such as {@code 1x200x336x256}. */
  protected static int[] dims(String text) {
    return Arrays.stream(text.split("x")).mapToInt(Integer::parseInt).toArray();
  }

  /** Standard normal numbers: a block of a few thousand, repeated. */
  protected final Tensor normal(int... dims) {
    return new Operands(on).normal(dims);
  }

  /** A number of rank 0. */
  protected final Tensor scalar(float value) {
    return new Operands(on).scalar(value);
  }

  /** Uniform integers from {@code low} to {@code beyond − 1}. */
  protected final Tensor integers(int low, int beyond, int... dims) {
    return new Operands(on).integers(low, beyond, dims);
  }
}
