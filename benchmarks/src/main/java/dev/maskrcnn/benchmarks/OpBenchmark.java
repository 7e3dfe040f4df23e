package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.DType;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Spec;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
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
    Random random = new Random(1);
    float[] block = new float[4093]; // prime, so that rows differ
    for (int i = 0; i < block.length; i++) {
      block[i] = (float) random.nextGaussian();
    }
    Tensor t = on.empty(new Spec(Shape.of(dims), DType.F32));
    int n = (int) t.shape().size();
    ByteBuffer bytes = ByteBuffer.allocate(4 * n).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < n; i += block.length) {
      bytes.asFloatBuffer().put(i, block, 0, Math.min(block.length, n - i));
    }
    t.write(bytes);
    return t;
  }

  /** A number of rank 0. */
  protected final Tensor scalar(float value) {
    return on.of(Shape.of(), value);
  }

  /** Uniform integers from {@code low} to {@code beyond − 1}. */
  protected final Tensor integers(int low, int beyond, int... dims) {
    Shape shape = Shape.of(dims);
    Random random = new Random(2);
    return on.of(shape, random.ints(shape.size(), low, beyond).toArray());
  }
}
