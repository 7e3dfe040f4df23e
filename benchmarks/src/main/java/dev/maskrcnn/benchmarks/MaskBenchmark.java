package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Masks.IgnoreRows;
import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.op.Masks.MaskTargets;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;

/** Mask targets of 128 RoIs, and pasting of 100 detections into a 480×640 image. */
@Measures({IgnoreRows.class, MaskPaste.class, MaskTargets.class})
public class MaskBenchmark extends OpBenchmark {
  private static final int ROIS = 128;
  private static final int POINTS = 60;
  private static final int DETECTIONS = 100;

  private final Random random = new Random(13);
  private List<Tensor> targetInputs;
  private List<Tensor> pasteInputs;
  private List<Tensor> ignoreInputs;

  /** Makes a polygon for each RoI, and masks with boxes. */
  @Override
  protected void operands() {
    float[] rois = boxes(ROIS, 1344, 800);
    float[] coords = new float[ROIS * POINTS * 2];
    int[] instance = new int[ROIS];
    int[] offsets = new int[ROIS + 1];
    int[] ranges = new int[ROIS + 1];
    for (int p = 0; p < ROIS; p++) {
      star(rois, 4 * p, coords, p * POINTS * 2);
      instance[p] = p;
      ranges[p + 1] = p + 1;
      offsets[p + 1] = (p + 1) * POINTS * 2;
    }
    targetInputs =
        List.of(
            on.of(Shape.of(ROIS, 4), rois),
            on.of(Shape.of(ROIS), instance),
            on.of(Shape.of(coords.length), coords),
            on.of(Shape.of(offsets.length), offsets),
            on.of(Shape.of(ranges.length), ranges));
    double[] masks = random.doubles((long) DETECTIONS * 28 * 28).toArray();
    ignoreInputs = List.of(normal(ROIS, 28, 28), integers(-1, 81, ROIS));
    pasteInputs =
        List.of(
            on.of(DType.F32, Shape.of(DETECTIONS, 28, 28), masks),
            on.of(Shape.of(DETECTIONS, 4), boxes(DETECTIONS, 640, 480)));
  }

  /** A star-shaped outline that fills a box. */
  private void star(float[] box, int at, float[] coords, int to) {
    float halfWidth = (box[at + 2] - box[at]) / 2;
    float halfHeight = (box[at + 3] - box[at + 1]) / 2;
    for (int i = 0; i < POINTS; i++) {
      double angle = 2 * Math.PI * i / POINTS;
      double radius = 0.7 + 0.3 * random.nextDouble();
      coords[to + 2 * i] = (float) (box[at] + halfWidth * (1 + radius * Math.cos(angle)));
      coords[to + 2 * i + 1] = (float) (box[at + 1] + halfHeight * (1 + radius * Math.sin(angle)));
    }
  }

  private float[] boxes(int count, int width, int height) {
    float[] b = new float[4 * count];
    for (int i = 0; i < b.length; i += 4) {
      double w = 16 * Math.pow(height / 16.0, random.nextDouble());
      double h = 16 * Math.pow(height / 16.0, random.nextDouble());
      b[i] = (float) (random.nextDouble() * (width - w));
      b[i + 1] = (float) (random.nextDouble() * (height - h));
      b[i + 2] = (float) (b[i] + w);
      b[i + 3] = (float) (b[i + 1] + h);
    }
    return b;
  }

  /** 128 polygons of 60 points, 28×28. */
  @Benchmark
  public void targets() {
    run(new MaskTargets(28), targetInputs);
  }

  /** Targets of 128 RoIs, a few of them padding. */
  @Benchmark
  public void ignore() {
    run(new IgnoreRows(), ignoreInputs);
  }

  /** 100 masks of 28×28 into 480×640. */
  @Benchmark
  public void paste() {
    run(new MaskPaste(480, 640, 0.5, 1), pasteInputs);
  }
}
