package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.op.Boxes.DetectionRule;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.op.Boxes.SelectDetections;
import dev.maskrcnn.tensor.op.Boxes.SelectProposals;
import dev.maskrcnn.tensor.op.Boxes.SelectTopK;
import dev.maskrcnn.tensor.op.Movement.Concat;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;

/** Box ops at the sizes of one 800×1344 image: 268,569 anchors, 2000 proposals, 81 classes. */
@Measures({
  MatchBoxes.class,
  SampleBalanced.class,
  SelectTopK.class,
  Nms.class,
  SelectProposals.class,
  BoxDecode.class,
  SelectDetections.class
})
public class BoxBenchmark extends OpBenchmark {
  private static final int TRUTHS = 60;
  private static final int CLASSES = 81;
  private static final int ROWS = 1000;

  private final Random random = new Random(11);
  private List<Tensor> matchInputs;
  private List<Tensor> labels;
  private List<Tensor> objectness;
  private List<Tensor> nmsInputs;
  private List<Tensor> proposals;
  private List<Tensor> decodeInputs;
  private List<Tensor> detectionInputs;

  /** Makes the inputs of all ops. */
  @Override
  protected void operands() {
    Tensor anchors = anchors();
    int count = anchors.shape().dim(0);
    Tensor truth = on.of(Shape.of(1, TRUTHS, 4), boxes(TRUTHS, 16));
    matchInputs =
        List.of(
            truth,
            on.of(Shape.of(1), TRUTHS),
            anchors.reshape(Shape.of(1, count, 4)),
            on.of(Shape.of(1), count));
    Tensor match = on.dispatch(match(), matchInputs).get(0);
    int[] ones = new int[TRUTHS];
    Arrays.fill(ones, 1);
    Op assign = new AssignLabels(false);
    labels = on.dispatch(assign, List.of(match, on.of(Shape.of(1, TRUTHS), ones)));
    objectness = List.of(uniform(Shape.of(1, 201_600), 1));
    nmsInputs = List.of(on.of(Shape.of(1, 2000, 4), boxes(2000, 8)), descending(2000), all(2000));
    Shape five = Shape.of(1, 5 * 2000, 4);
    proposals = List.of(on.of(five, boxes(5 * 2000, 8)), uniform(Shape.of(1, 5 * 2000), 1));
    detectionInputs();
  }

  private void detectionInputs() {
    Tensor boxes = on.of(Shape.of(1, ROWS, 4), boxes(ROWS, 16));
    Tensor deltas = uniform(Shape.of(1, ROWS, 4 * CLASSES), 0.1);
    decodeInputs = List.of(boxes, deltas);
    Tensor decoded = on.dispatch(decode(), decodeInputs).get(0);
    double[] p = new double[ROWS * CLASSES];
    for (int r = 0; r < ROWS; r++) {
      p[r * CLASSES] = 0.9;
      for (int i = 0; i < 3; i++) { // three classes share what the background leaves
        p[r * CLASSES + 1 + random.nextInt(CLASSES - 1)] = 0.1 * random.nextDouble();
      }
    }
    Tensor probabilities = on.of(DType.F32, Shape.of(1, ROWS, CLASSES), p);
    detectionInputs = List.of(decoded, probabilities, on.of(Shape.of(1), ROWS));
  }

  private Tensor anchors() {
    List<Tensor> levels = new ArrayList<>();
    for (int l = 0; l < 5; l++) {
      int stride = 4 << l;
      List<Float> cells = new ArrayList<>();
      for (double ratio : new double[] {0.5, 1, 2}) {
        float w = (float) (8 * stride / Math.sqrt(ratio) / 2);
        float h = (float) (8 * stride * Math.sqrt(ratio) / 2);
        float c = (stride - 1) / 2f;
        cells.addAll(List.of(c - w, c - h, c + w, c + h));
      }
      int height = (800 + stride - 1) / stride;
      int width = 1344 / stride;
      levels.addAll(on.dispatch(new AnchorGrid(height, width, stride, stride, cells), List.of()));
    }
    return on.dispatch(new Concat(0), levels).get(0);
  }

  private float[] boxes(int count, double smallest) {
    float[] b = new float[4 * count];
    for (int i = 0; i < b.length; i += 4) {
      double w = smallest * Math.pow(30, random.nextDouble());
      double h = smallest * Math.pow(30, random.nextDouble());
      b[i] = (float) (random.nextDouble() * (1344 - w));
      b[i + 1] = (float) (random.nextDouble() * (800 - h));
      b[i + 2] = (float) (b[i] + w);
      b[i + 3] = (float) (b[i + 1] + h);
    }
    return b;
  }

  private Tensor uniform(Shape shape, double scale) {
    double[] values = new double[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = scale * random.nextDouble();
    }
    return on.of(DType.F32, shape, values);
  }

  private Tensor descending(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = 1 - i / (float) count;
    }
    return on.of(Shape.of(1, count), values);
  }

  private Tensor all(int count) {
    byte[] flags = new byte[count];
    Arrays.fill(flags, (byte) 1);
    return on.of(Shape.of(1, count), flags);
  }

  private static Op match() {
    return new MatchBoxes(0.7, 0.3, true, 1);
  }

  private static Op decode() {
    return new BoxDecode(new CoderWeights(10, 10, 5, 5), 1, Math.log(1000.0 / 16));
  }

  /** 268,569 anchors against 60 truths. */
  @Benchmark
  public void matchAnchors() {
    run(match(), matchInputs);
  }

  /** 256 of 268,569 anchors. */
  @Benchmark
  public void sampleAnchors() {
    run(new SampleBalanced(256, 0.5, 1, 0), labels);
  }

  /** 2000 of the 201,600 scores of P2. */
  @Benchmark
  public void topOfP2() {
    run(new SelectTopK(2000), objectness);
  }

  /** 2000 sorted boxes that hardly overlap: the longest case. */
  @Benchmark
  public void nms() {
    run(new Nms(0.7, 2000, 1), nmsInputs);
  }

  /** 2000 of 10,000. */
  @Benchmark
  public void selectProposals() {
    run(new SelectProposals(2000, true), proposals);
  }

  /** 1000 rows of 81 classes. */
  @Benchmark
  public void decodeClasses() {
    run(decode(), decodeInputs);
  }

  /** 1000 rows of 81 classes. */
  @Benchmark
  public void selectDetections() {
    DetectionRule rule = new DetectionRule(0.05, 0.5, 100, true, 0);
    run(new SelectDetections(rule, 1, 200), detectionInputs);
  }
}
