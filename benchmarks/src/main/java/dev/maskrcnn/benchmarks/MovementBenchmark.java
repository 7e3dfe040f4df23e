package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Movement.BatchGather;
import dev.maskrcnn.tensor.op.Movement.Concat;
import dev.maskrcnn.tensor.op.Movement.GatherRows;
import dev.maskrcnn.tensor.op.Movement.GatherRowsBackward;
import dev.maskrcnn.tensor.op.Movement.SelectClass;
import dev.maskrcnn.tensor.op.Movement.SelectClassBackward;
import dev.maskrcnn.tensor.op.Movement.Slice;
import dev.maskrcnn.tensor.op.Movement.SliceBackward;
import org.openjdk.jmh.annotations.Benchmark;

/** Ops that move elements, for two images: 268 569 anchors each, 512 RoIs, 128 of them positive. */
@Measures({
  BatchGather.class,
  Concat.class,
  GatherRows.class,
  GatherRowsBackward.class,
  SelectClass.class,
  SelectClassBackward.class,
  Slice.class,
  SliceBackward.class
})
public class MovementBenchmark extends OpBenchmark {
  private Tensor p2;
  private Tensor p3;
  private Tensor p4;
  private Tensor p5;
  private Tensor p6;
  private Tensor anchors;
  private Tensor top;
  private Tensor features;
  private Tensor rows;
  private Tensor picked;
  private Tensor masks;
  private Tensor mask;
  private Tensor label;

  @Override
  protected void operands() {
    p2 = normal(2, 201_600, 4);
    p3 = normal(2, 50_400, 4);
    p4 = normal(2, 12_600, 4);
    p5 = normal(2, 3_150, 4);
    p6 = normal(2, 819, 4);
    anchors = normal(1, 268_569, 4);
    top = integers(0, 268_569, 2, 2000);
    features = normal(512, 14, 14, 256);
    rows = integers(0, 512, 128);
    picked = normal(128, 14, 14, 256);
    masks = normal(128, 28 * 28, 81);
    mask = normal(128, 28 * 28, 1);
    label = integers(1, 81, 128);
  }

  /** Box deltas of all levels. */
  @Benchmark
  public void concat() {
    run(new Concat(1), p2, p3, p4, p5, p6);
  }

  /** The part of one level. */
  @Benchmark
  public void slice() {
    run(new Slice(1, 50_400, 100_800), p2);
  }

  /** Into the part of one level. */
  @Benchmark
  public void sliceBackward() {
    run(new SliceBackward(1, 1000, 201_600), p3);
  }

  /** Features of the positive RoIs. */
  @Benchmark
  public void gatherRows() {
    run(new GatherRows(), features, rows);
  }

  /** Back to all RoIs. */
  @Benchmark
  public void gatherRowsBackward() {
    run(new GatherRowsBackward(512), picked, rows);
  }

  /** The 2000 best anchors. */
  @Benchmark
  public void batchGather() {
    run(new BatchGather(), anchors, top);
  }

  /** The mask of each RoI's class. */
  @Benchmark
  public void selectClass() {
    run(new SelectClass(1), masks, label);
  }

  /** Back to all classes. */
  @Benchmark
  public void selectClassBackward() {
    run(new SelectClassBackward(81), mask, label);
  }
}
