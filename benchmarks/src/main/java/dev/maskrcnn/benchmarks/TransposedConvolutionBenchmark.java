package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.Op;
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
 * The transposed convolution of the mask head, 2×2 with stride 2 and 256 channels on RoIs of 14×14.
 * Its gradients are the convolution of which it is the adjoint, and that one's weight gradient. The
 * row {@code gflop} is GFLOP/s.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@Measures(ConvTranspose2d.class)
public class TransposedConvolutionBenchmark {
  private static final int CHANNELS = 256;
  private static final int SIDE = 14;
  private static final int STRIDE = 2;

  /** 100 detections, or the 128 RoIs that a training image gives at most. */
  @Param({"100", "128"})
  public int rois;

  @Param({"cpu"})
  public String device;

  private Device on;
  private double gflop;
  private List<Tensor> forwardInputs;
  private List<Tensor> dataInputs;
  private List<Tensor> weightInputs;

  /** Makes input, weights and gradient. */
  @Setup(Level.Trial)
  public void open() {
    on = Device.open(device);
    Noise noise = new Noise(5);
    Tensor input = noise.tensor(on, Shape.of(rois, SIDE, SIDE, CHANNELS));
    Tensor weight = noise.tensor(on, Shape.of(CHANNELS, STRIDE, STRIDE, CHANNELS));
    Tensor bias = noise.tensor(on, Shape.of(CHANNELS));
    Shape output = Shape.of(rois, STRIDE * SIDE, STRIDE * SIDE, CHANNELS);
    Tensor gradient = noise.tensor(on, output);
    gflop = 2e-9 * output.size() * CHANNELS; // one tap per output element
    forwardInputs = List.of(input, weight, bias);
    dataInputs = List.of(gradient, weight);
    weightInputs = List.of(gradient, input);
  }

  @TearDown(Level.Trial)
  public void close() {
    on.close();
  }

  private void run(Op op, List<Tensor> inputs, FloatingPoint work) {
    try (Frame frame = on.push("benchmark")) {
      on.dispatch(op, inputs);
      on.synchronize();
    }
    work.gflop += gflop;
  }

  /** With bias and ReLU. */
  @Benchmark
  public void forward(FloatingPoint work) {
    run(new ConvTranspose2d(STRIDE, new Epilogue(true, false, true)), forwardInputs, work);
  }

  /** Gradient of the input. */
  @Benchmark
  public void backwardData(FloatingPoint work) {
    run(new Conv2d(Window.of(STRIDE, 0), Epilogue.NONE), dataInputs, work);
  }

  /** Gradient of the weights. */
  @Benchmark
  public void backwardWeights(FloatingPoint work) {
    Op op = new Conv2dBackwardWeights(Window.of(STRIDE, 0), STRIDE, STRIDE, false);
    run(op, weightInputs, work);
  }
}
