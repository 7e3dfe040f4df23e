package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.op.Boxes.AnchorsVisible;
import dev.maskrcnn.tensor.op.Boxes.AppendBoxes;
import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.BoxIou;
import dev.maskrcnn.tensor.op.Boxes.BoxesAtLeast;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.op.Boxes.IndexWhere;
import dev.maskrcnn.tensor.op.Boxes.RoisAt;
import dev.maskrcnn.tensor.op.Masks.ObjectRows;
import dev.maskrcnn.tensor.op.Movement.LabelsAt;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * The box ops that do a little for each row, on one image of 800×1344: 268,569 anchors of which
 * 201,600 belong to P2, 2000 proposals, 512 RoIs, 60 objects.
 */
@Measures({
  AnchorGrid.class,
  AnchorsVisible.class,
  AppendBoxes.class,
  AssignLabels.class,
  BoxEncode.class,
  BoxIou.class,
  BoxesAtLeast.class,
  ClipBoxes.class,
  IndexWhere.class,
  LabelsAt.class,
  ObjectRows.class,
  RoiLevels.class,
  RoisAt.class
})
public class BoxRowsBenchmark extends OpBenchmark {
  private static final int ANCHORS = 268_569;
  private static final int PROPOSALS = 2000;
  private static final int TRUTHS = 60;
  private static final int SAMPLES = 512;

  /** Three shapes around the middle of a cell of P2. */
  private static final List<Float> CELLS =
      List.of(-21f, -9.5f, 24f, 12.5f, -14.5f, -14.5f, 17.5f, 17.5f, -9.5f, -21f, 12.5f, 24f);

  private static final CoderWeights WEIGHTS = new CoderWeights(10, 10, 5, 5);

  private final Random random = new Random(19);
  private Tensor sizes;
  private Tensor anchors;
  private Tensor manyBoxes;
  private Tensor objects;
  private Tensor boxRows;
  private Tensor boxes;
  private Tensor truthRows;
  private Tensor truth;
  private Tensor boxCount;
  private Tensor truthCount;
  private Tensor matches;
  private Tensor labels;
  private Tensor visible;
  private Tensor samples;
  private Tensor index;
  private Tensor rois;

  @Override
  protected void operands() {
    sizes = integers(800, 801, 1, 2);
    Device on = sizes.device();
    anchors = boxes(on, ANCHORS);
    manyBoxes = anchors.reshape(Shape.of(1, ANCHORS, 4));
    objects = boxes(on, ANCHORS).reshape(Shape.of(1, ANCHORS, 4));
    boxRows = boxes(on, PROPOSALS);
    boxes = boxRows.reshape(Shape.of(1, PROPOSALS, 4));
    truthRows = boxes(on, TRUTHS);
    truth = truthRows.reshape(Shape.of(1, TRUTHS, 4));
    boxCount = integers(PROPOSALS, PROPOSALS + 1, 1);
    truthCount = integers(TRUTHS, TRUTHS + 1, 1);
    matches = integers(-2, TRUTHS, 1, ANCHORS);
    labels = integers(1, 81, 1, TRUTHS);
    visible = make(new AnchorsVisible(0), anchors, sizes).get(0);
    samples = integers(-SAMPLES, 2, 1, ANCHORS); // about one of 257 counts
    index = integers(0, PROPOSALS, SAMPLES);
    rois = make(new RoisAt(), boxes, index).get(0);
  }

  private Tensor boxes(Device on, int count) {
    float[] b = new float[4 * count];
    for (int i = 0; i < b.length; i += 4) {
      double w = 16 * Math.pow(40, random.nextDouble());
      double h = 16 * Math.pow(40, random.nextDouble());
      b[i] = (float) (random.nextDouble() * 1344 - w / 2); // some leave the image
      b[i + 1] = (float) (random.nextDouble() * 800 - h / 2);
      b[i + 2] = (float) (b[i] + w);
      b[i + 3] = (float) (b[i + 1] + h);
    }
    return on.of(Shape.of(count, 4), b);
  }

  /** The 201,600 anchors of P2. */
  @Benchmark
  public void anchorGrid() {
    AnchorGrid grid = new AnchorGrid(200, 336, 4, 4, CELLS);
    try (Frame frame = sizes.device().push("benchmark")) {
      sizes.device().dispatch(grid, List.of());
      sizes.device().synchronize();
    }
  }

  /** All anchors. */
  @Benchmark
  public void anchorsVisible() {
    run(new AnchorsVisible(0), anchors, sizes);
  }

  /** 60 truths against 2000 boxes, as a matrix. */
  @Benchmark
  public void boxIou() {
    run(new BoxIou(1), truthRows, boxRows);
  }

  /** All anchors. */
  @Benchmark
  public void assignLabels() {
    run(new AssignLabels(true), matches, labels, visible);
  }

  /** Box targets of all anchors. */
  @Benchmark
  public void encode() {
    run(new BoxEncode(WEIGHTS, 1), manyBoxes, objects);
  }

  /** All anchors. */
  @Benchmark
  public void clip() {
    run(new ClipBoxes(1), manyBoxes, sizes);
  }

  /** All anchors. */
  @Benchmark
  public void atLeast() {
    run(new BoxesAtLeast(1, 1), manyBoxes);
  }

  /** The samples among all anchors. */
  @Benchmark
  public void indexWhere() {
    run(new IndexWhere(0, ANCHORS), samples);
  }

  /** 60 objects behind 2000 proposals. */
  @Benchmark
  public void append() {
    run(new AppendBoxes(), boxes, boxCount, truth, truthCount);
  }

  /** Labels of 512 RoIs. */
  @Benchmark
  public void labelsAt() {
    run(new LabelsAt(), samples, index);
  }

  /** Objects of all anchors. */
  @Benchmark
  public void objectRows() {
    run(new ObjectRows(TRUTHS), matches);
  }

  /** 512 RoIs of 2000 proposals. */
  @Benchmark
  public void roisAt() {
    run(new RoisAt(), boxes, index);
  }

  /** Pyramid levels of 512 RoIs. */
  @Benchmark
  public void roiLevels() {
    run(new RoiLevels(2, 5, 4, 224, 1), rois);
  }
}
