package dev.maskrcnn.benchmarks;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;

/**
 * RoIAlign of the two heads on the pyramid of one 800×1344 image, 256 channels: 1000 RoIs of 7×7
 * bins and 100 RoIs of 14×14, two samples per bin and axis.
 */
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Measures({RoiAlign.class, RoiAlignBackward.class})
public class RoiAlignBenchmark extends OpBenchmark {
  private static final int CHANNELS = 256;
  private static final List<Double> SCALES = List.of(1 / 4.0, 1 / 8.0, 1 / 16.0, 1 / 32.0);

  /** The head: number of RoIs and bins per side. */
  @Param({"1000x7", "100x14"})
  public String head;

  private Op forward;
  private Op backward;
  private List<Tensor> forwardInputs;
  private List<Tensor> backwardInputs;

  /** Makes feature maps, and RoIs of which the size is uniform on a logarithmic scale. */
  @Override
  protected void operands() {
    int split = head.indexOf('x');
    int count = Integer.parseInt(head.substring(0, split));
    int bins = Integer.parseInt(head.substring(split + 1));
    Random random = new Random(7);
    Tensor rois = on.of(Shape.of(count, 5), rois(random, count));
    Tensor levels = on.dispatch(new RoiLevels(2, 5, 4, 224, 1), List.of(rois)).get(0);
    List<Shape> shapes = new ArrayList<>();
    forwardInputs = new ArrayList<>(List.of(rois, levels));
    for (int l = 0; l < SCALES.size(); l++) {
      Shape shape = Shape.of(1, 200 >> l, 336 >> l, CHANNELS);
      shapes.add(shape);
      forwardInputs.add(noise(random, shape));
    }
    Grid grid = new Grid(bins, bins, 2, false);
    forward = new RoiAlign(grid, SCALES);
    backward = new RoiAlignBackward(grid, SCALES, shapes);
    Tensor gradient = noise(random, Shape.of(count, bins, bins, CHANNELS));
    backwardInputs = List.of(gradient, rois, levels);
  }

  private static float[] rois(Random random, int count) {
    float[] roi = new float[5 * count];
    for (int i = 0; i < roi.length; i += 5) {
      double size = 16 * Math.pow(40, random.nextDouble());
      double stretch = Math.pow(2, random.nextDouble() - 0.5);
      double x = random.nextDouble() * 1344;
      double y = random.nextDouble() * 800;
      roi[i + 1] = (float) Math.max(x - size * stretch / 2, 0);
      roi[i + 2] = (float) Math.max(y - size / stretch / 2, 0);
      roi[i + 3] = (float) Math.min(x + size * stretch / 2, 1343);
      roi[i + 4] = (float) Math.min(y + size / stretch / 2, 799);
    }
    return roi;
  }

  private Tensor noise(Random random, Shape shape) {
    double[] values = new double[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextDouble() - 0.5;
    }
    return on.of(DType.F32, shape, values);
  }

  @Benchmark
  public void forward() {
    run(forward, forwardInputs);
  }

  @Benchmark
  public void backward() {
    run(backward, backwardInputs);
  }
}
