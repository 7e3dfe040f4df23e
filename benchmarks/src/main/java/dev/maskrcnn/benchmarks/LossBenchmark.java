package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SmoothL1Backward;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropyBackward;
import org.openjdk.jmh.annotations.Benchmark;

/** The losses of one image: 268 569 anchors of which 256 count, and 512 boxes. */
@Measures({
  BinaryCrossEntropy.class,
  BinaryCrossEntropyBackward.class,
  SmoothL1.class,
  SmoothL1Backward.class,
  SoftmaxCrossEntropy.class,
  SoftmaxCrossEntropyBackward.class
})
public class LossBenchmark extends OpBenchmark {
  private Tensor one;
  private Tensor logits;
  private Tensor classes;
  private Tensor objectness;
  private Tensor targets;
  private Tensor boxes;
  private Tensor boxTargets;
  private Tensor labels;

  @Override
  protected void operands() {
    one = scalar(1f);
    logits = normal(512, 81);
    classes = integers(0, 81, 512);
    objectness = normal(268_569);
    targets = normal(268_569);
    boxes = normal(268_569, 4);
    boxTargets = normal(268_569, 4);
    labels = integers(-2000, 2, 268_569);
  }

  /** 512 boxes, 81 classes. */
  @Benchmark
  public void crossEntropy() {
    run(new SoftmaxCrossEntropy(), logits, classes);
  }

  /** 512 boxes, 81 classes. */
  @Benchmark
  public void crossEntropyBackward() {
    run(new SoftmaxCrossEntropyBackward(), one, logits, classes);
  }

  /** All anchors. */
  @Benchmark
  public void binaryCrossEntropy() {
    run(new BinaryCrossEntropy(), objectness, targets);
  }

  /** All anchors. */
  @Benchmark
  public void binaryCrossEntropyBackward() {
    run(new BinaryCrossEntropyBackward(), one, objectness, targets);
  }

  /** All anchors, few of them positive. */
  @Benchmark
  public void smoothL1() {
    run(new SmoothL1(1 / 9.0), boxes, boxTargets, labels);
  }

  /** All anchors, few of them positive. */
  @Benchmark
  public void smoothL1Backward() {
    run(new SmoothL1Backward(1 / 9.0), one, boxes, boxTargets, labels);
  }
}
