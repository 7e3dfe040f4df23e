package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
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
 * The three passes of each fully connected layer of the box head, weights {@code [O,I]}. The row
 * {@code gflop} is GFLOP/s. The weights do not change between invocations.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measures(MatMul.class)
public class MatMulBenchmark extends OpBenchmark {

  /** A layer of the box head. */
  public enum Layer {
    FC6(256 * 7 * 7, 1024, true),
    FC7(1024, 1024, true),
    CLASS_SCORES(1024, 81, false),
    BOX_DELTAS(1024, 4 * 81, false);

    private final int inputs;
    private final int outputs;
    private final boolean relu;

    Layer(int inputs, int outputs, boolean relu) {
      this.inputs = inputs;
      this.outputs = outputs;
      this.relu = relu;
    }
  }

  @Param public Layer layer;

  /** RoIs: 512 are sampled from a training image, 1000 proposals remain in inference. */
  @Param({"512", "1000"})
  public int rows;

  private Tensor input;
  private Tensor weight;
  private Tensor bias;
  private Tensor gradient;

  /** Makes input, weights and gradient. */
  @Override
  protected void operands() {
    Noise noise = new Noise(7);
    input = noise.tensor(on, Shape.of(rows, layer.inputs));
    weight = noise.tensor(on, Shape.of(layer.outputs, layer.inputs));
    bias = noise.tensor(on, Shape.of(layer.outputs));
    gradient = noise.tensor(on, Shape.of(rows, layer.outputs));
  }

  private void run(MatMul op, List<Tensor> inputs, FloatingPoint work) {
    run(op, inputs);
    work.gflop += 2e-9 * rows * layer.inputs * layer.outputs;
  }

  /** {@code relu(x·wᵀ + b)}. */
  @Benchmark
  public void forward(FloatingPoint work) {
    run(new MatMul(false, true, true, layer.relu), List.of(input, weight, bias), work);
  }

  /** {@code dy·w}. */
  @Benchmark
  public void backwardData(FloatingPoint work) {
    run(new MatMul(false, false, false, false), List.of(gradient, weight), work);
  }

  /** {@code dyᵀ·x}. */
  @Benchmark
  public void backwardWeights(FloatingPoint work) {
    run(new MatMul(true, false, false, false), List.of(gradient, input), work);
  }
}
