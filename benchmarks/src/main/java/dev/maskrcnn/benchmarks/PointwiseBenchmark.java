package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Pointwise.Accumulate;
import dev.maskrcnn.tensor.op.Pointwise.Add;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.op.Pointwise.Exp;
import dev.maskrcnn.tensor.op.Pointwise.Expand;
import dev.maskrcnn.tensor.op.Pointwise.Fill;
import dev.maskrcnn.tensor.op.Pointwise.Log;
import dev.maskrcnn.tensor.op.Pointwise.Mul;
import dev.maskrcnn.tensor.op.Pointwise.Reciprocal;
import dev.maskrcnn.tensor.op.Pointwise.Relu;
import dev.maskrcnn.tensor.op.Pointwise.ReluBackward;
import dev.maskrcnn.tensor.op.Pointwise.Scale;
import dev.maskrcnn.tensor.op.Pointwise.ScaleRows;
import dev.maskrcnn.tensor.op.Pointwise.Sigmoid;
import dev.maskrcnn.tensor.op.Pointwise.Sub;
import dev.maskrcnn.tensor.shape.DType;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Elementwise ops on the largest feature map of the pyramid and on C4. */
@Measures({
  Accumulate.class,
  Add.class,
  Cast.class,
  Fill.class,
  Exp.class,
  Expand.class,
  Log.class,
  Mul.class,
  Reciprocal.class,
  Relu.class,
  ReluBackward.class,
  Scale.class,
  ScaleRows.class,
  Sigmoid.class,
  Sub.class
})
public class PointwiseBenchmark extends OpBenchmark {
  @Param({"1x200x336x256", "1x50x84x1024"})
  public String shape;

  private Tensor x;
  private Tensor z;
  private Tensor one;
  private Tensor weight;
  private Tensor scales;

  @Override
  protected void operands() {
    x = normal(dims(shape));
    z = normal(dims(shape));
    one = scalar(1f);
    weight = normal(512, 3, 3, 512);
    scales = normal(512);
  }

  /** Reads two, writes one. */
  @Benchmark
  public void add() {
    run(new Add(), x, z);
  }

  /** Reads two, writes one. */
  @Benchmark
  public void sub() {
    run(new Sub(), x, z);
  }

  /** Reads two, writes one. */
  @Benchmark
  public void mul() {
    run(new Mul(), x, z);
  }

  /** Reads one, writes one. */
  @Benchmark
  public void scale() {
    run(new Scale(0.5), x);
  }

  /** Reads one, writes one. */
  @Benchmark
  public void relu() {
    run(new Relu(), x);
  }

  /** Reads two, writes one. */
  @Benchmark
  public void reluBackward() {
    run(new ReluBackward(), x, z);
  }

  /** Reads one, writes one. */
  @Benchmark
  public void sigmoid() {
    run(new Sigmoid(), x);
  }

  /** Reads one, writes one. */
  @Benchmark
  public void exp() {
    run(new Exp(), x);
  }

  /** Reads one, writes one. */
  @Benchmark
  public void log() {
    run(new Log(), x);
  }

  /** Reads one, writes one. */
  @Benchmark
  public void reciprocal() {
    run(new Reciprocal(), x);
  }

  /** A frozen norm folded into the largest 3×3 weight. */
  @Benchmark
  public void scaleRows() {
    run(new ScaleRows(), weight, scales);
  }

  /** Writes one. */
  @Benchmark
  public void expand() {
    run(new Expand(x.shape()), one);
  }

  /** Reads two, writes one of them. */
  @Benchmark
  public void accumulate() {
    run(new Accumulate(), x, z);
  }

  /** The padding of a P2 map, made on the device. */
  @Benchmark
  public void fill() {
    run(new Fill(x.spec(), 0), List.of());
  }

  /** To half precision. */
  @Benchmark
  public void cast() {
    run(new Cast(DType.F16), weight);
  }
}
