package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardData;
import dev.maskrcnn.tensor.op.Convolution.Conv2dBackwardWeights;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The three passes of each convolution of the network; the row {@code gflop} is GFLOP/s of the
 * direct algorithm, so a Winograd kernel may exceed the peak of the machine. The weights do not
 * change between invocations: forms of them that a kernel keeps are made once, as in inference. A
 * training step makes them anew, which {@link StepBenchmark} includes.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measures({Conv2d.class, Conv2dBackwardData.class, Conv2dBackwardWeights.class})
public class ConvolutionBenchmark extends OpBenchmark {
  @Param public ConvolutionLayer layer;

  private List<Tensor> forwardInputs;
  private List<Tensor> dataInputs;
  private List<Tensor> weightInputs;

  /** Makes image, weights and gradient of the layer. */
  @Override
  protected void operands() {
    Noise noise = new Noise(3);
    Tensor image = noise.tensor(on, layer.input());
    Tensor weight = noise.tensor(on, layer.weight());
    Tensor gradient = noise.tensor(on, layer.output());
    forwardInputs = new ArrayList<>(List.of(image, weight));
    if (layer.epilogue().bias()) {
      forwardInputs.add(noise.tensor(on, Shape.of(layer.weight().dim(0))));
    }
    if (layer.epilogue().residual()) {
      forwardInputs.add(gradient); // any tensor of this shape
    }
    dataInputs = List.of(gradient, weight);
    weightInputs = List.of(image, gradient);
  }

  private void run(Op op, List<Tensor> inputs, FloatingPoint work) {
    run(op, inputs);
    work.gflop += layer.gflop();
  }

  /** With bias, residual and ReLU where the layer has them. */
  @Benchmark
  public void forward(FloatingPoint work) {
    run(new Conv2d(layer.window(), layer.epilogue()), forwardInputs, work);
  }

  /** Gradient of the image. */
  @Benchmark
  public void backwardData(FloatingPoint work) {
    int height = layer.input().dim(1);
    int width = layer.input().dim(2);
    run(new Conv2dBackwardData(layer.window(), height, width), dataInputs, work);
  }

  /** Gradient of the weights, and of the bias where it learns. */
  @Benchmark
  public void backwardWeights(FloatingPoint work) {
    int height = layer.weight().dim(1);
    int width = layer.weight().dim(2);
    Op op = new Conv2dBackwardWeights(layer.window(), height, width, layer.biasLearns());
    run(op, weightInputs, work);
  }
}
