package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Convolution.ConvTranspose2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The transposed convolution of the mask head, 2×2 with stride 2 and 256 channels on RoIs of 14×14.
 * Its gradients are the convolution of which it is the adjoint, and that one's weight gradient. The
 * row {@code gflop} is GFLOP/s.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measures(ConvTranspose2d.class)
public class TransposedConvolutionBenchmark extends OpBenchmark {
  private static final int CHANNELS = 256;
  private static final int SIDE = 14;
  private static final int STRIDE = 2;

  /** 100 detections, or the 128 RoIs that a training image gives at most. */
  @Param({"100", "128"})
  public int rois;

  private double gflop;
  private List<Tensor> forwardInputs;
  private List<Tensor> dataInputs;
  private List<Tensor> weightInputs;

  /** Makes input, weights and gradient. */
  @Override
  protected void operands() {
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

  private void run(Op op, List<Tensor> inputs, FloatingPoint work) {
    run(op, inputs);
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
