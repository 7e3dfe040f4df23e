package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Comparison;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

/** What the contract's cases are too small for, and both forms of the gradient. */
@SuppressWarnings("try") // frames free what is made in them
class RoiAlignCudaTest {
  private static final List<Double> SCALES = List.of(0.25, 0.125);
  private static final List<Shape> MAPS = List.of(Shape.of(2, 25, 37, 24), Shape.of(2, 13, 19, 24));

  private final SplittableRandom random = new SplittableRandom(5);

  /** More RoIs than a block has threads on the same pixels, padding among them. */
  @Test
  void manyRoisOnTheSamePixels() {
    Operand rois = rois(700, 60, 80);
    check(new Grid(7, 7, 2, false), rois, level(700));
  }

  /** More samples than shared memory holds: adaptive grids of RoIs larger than the image. */
  @Test
  void manySamples() {
    Operand rois = rois(12, 300, 500);
    check(new Grid(2, 3, 0, false), rois, level(12));
    check(new Grid(14, 14, 0, true), rois, level(12));
    check(new Grid(28, 28, 4, false), rois, level(12));
  }

  /** Detectron2's alignment lets an inverted RoI have bins of negative size. */
  @Test
  void invertedRois() {
    Operand plain = rois(9, 60, 80);
    double[] v = plain.values().clone();
    for (int i = 0; i < v.length; i += 5) {
      double x = v[i + 1];
      v[i + 1] = v[i + 3];
      v[i + 3] = x;
    }
    Operand inverted = Operand.f32(plain.spec().shape(), v);
    check(new Grid(7, 7, 2, true), inverted, level(9));
    check(new Grid(7, 7, 0, true), inverted, level(9));
  }

  private void check(Grid grid, Operand rois, Operand level) {
    int count = level.values().length;
    Operand dy = normal(count, grid.height(), grid.width(), MAPS.get(0).dim(3));
    Op align = new RoiAlign(grid, SCALES);
    Op backward = new RoiAlignBackward(grid, SCALES, MAPS);
    List<Operand> in = new ArrayList<>(List.of(rois, level));
    MAPS.forEach(s -> in.add(normal(s.dims())));
    try (Device cuda = CudaTestDevice.open();
        Device cpu = Device.cpu();
        Frame ours = cuda.push("case");
        Frame theirs = cpu.push("case")) {
      compare(grid.toString(), run(cpu, align, in), run(cuda, align, in), 1e-5);
      List<Operand> gradient = List.of(dy, rois, level);
      List<double[]> expected = run(cpu, backward, gradient);
      compare(grid + " backward", expected, run(cuda, backward, gradient), 1e-5);
    }
  }

  /**
   * The sum by atomics and the sum by tiles are one sum; the latter has the same bits each time.
   */
  @Test
  void bothFormsOfTheGradient() {
    Grid grid = new Grid(7, 7, 2, false);
    RoiAlignBackward op = new RoiAlignBackward(grid, SCALES, MAPS);
    List<Operand> in = List.of(normal(65, 7, 7, 24), rois(65, 60, 80), level(65));
    try (Device cuda = CudaTestDevice.open()) {
      RoiAlignBackwardCuda atomic = new RoiAlignBackwardCuda(CudaTestDevice.runtime(cuda), false);
      for (DType type : List.of(DType.F32, DType.F16, DType.BF16)) {
        try (Frame frame = cuda.push("case")) {
          List<Tensor> tensors = new ArrayList<>();
          tensors.add(in.get(0).as(type).on(cuda));
          tensors.add(in.get(1).on(cuda));
          tensors.add(in.get(2).on(cuda));
          List<Tensor> gathered = cuda.dispatch(op, tensors);
          List<double[]> once = read(gathered);
          List<double[]> twice = read(cuda.dispatch(op, tensors));
          for (int l = 0; l < once.size(); l++) {
            assertArrayEquals(once.get(l), twice.get(l), type + " level " + l);
          }
          atomic.run(
              new KernelCall<>(
                  op, CudaTestDevice.arrays(tensors), CudaTestDevice.arrays(gathered)));
          double unit = type == DType.F32 ? 1e-5 : type == DType.F16 ? 0x1p-10 : 0x1p-7;
          compare(type + " by atomics", once, read(gathered), unit);
        }
      }
    }
  }

  /** A fault ends the context, which on a real device is that of the whole process. */
  @Test
  void levelOutsideOfThePyramid() {
    assumeTrue(CudaTestDevice.emulated(), "SKIPPED: would end the context of the device");
    for (int[] wrong : new int[][] {{2, 0}, {-1, 0}, {0, 2}}) {
      Operand level = Operand.i32(wrong[0]);
      Operand rois = Operand.f32(Shape.of(1, 5), wrong[1], 1, 1, 9, 9);
      Grid grid = new Grid(7, 7, 2, false);
      try (Device cuda = CudaTestDevice.open()) {
        RoiAlignBackward op = new RoiAlignBackward(grid, SCALES, MAPS);
        assertThrows(
            CudaException.class, () -> run(cuda, op, List.of(normal(1, 7, 7, 24), rois, level)));
      }
    }
  }

  @Test
  void pyramidsThatTheKernelsDoNotTake() {
    Grid grid = new Grid(7, 7, 2, false);
    try (Device cuda = CudaTestDevice.open();
        Frame frame = cuda.push("case")) {
      List<Shape> uneven = List.of(Shape.of(2, 5, 5, 8), Shape.of(1, 3, 3, 8));
      List<Operand> in = List.of(normal(1, 7, 7, 8), rois(1, 9, 9), Operand.i32(0));
      Op differing = new RoiAlignBackward(grid, SCALES, uneven);
      assertThrows(DeviceException.class, () -> run(cuda, differing, in));
      List<Double> scales = new ArrayList<>();
      List<Shape> maps = new ArrayList<>();
      for (int l = 0; l < 7; l++) {
        scales.add(1.0 / (1 << l));
        maps.add(Shape.of(1, 2, 2, 8));
      }
      Op deep = new RoiAlignBackward(grid, scales, maps);
      assertThrows(DeviceException.class, () -> run(cuda, deep, in));
    }
  }

  private static List<double[]> run(Device device, Op op, List<Operand> in) {
    return read(device.dispatch(op, in.stream().map(o -> o.on(device)).toList()));
  }

  private static List<double[]> read(List<Tensor> tensors) {
    return tensors.stream().map(Operand::read).toList();
  }

  private static void compare(
      String what, List<double[]> expected, List<double[]> actual, double tolerance) {
    for (int i = 0; i < expected.size(); i++) {
      Comparison.close(what + ", output " + i, expected.get(i), actual.get(i), tolerance);
    }
  }

  /** Boxes around the middle of images of 100 x 148 pixels, every seventh row padding. */
  private Operand rois(int count, double side, double largest) {
    double[] v = new double[5 * count];
    for (int i = 0; i < count; i++) {
      double width = random.nextDouble(2, side);
      double height = random.nextDouble(2, largest);
      v[5 * i] = i % 7 == 6 ? -1 : random.nextInt(2);
      v[5 * i + 1] = random.nextDouble(60, 90) - width / 2;
      v[5 * i + 2] = random.nextDouble(30, 60) - height / 2;
      v[5 * i + 3] = v[5 * i + 1] + width;
      v[5 * i + 4] = v[5 * i + 2] + height;
    }
    return Operand.f32(Shape.of(count, 5), v);
  }

  private Operand level(int count) {
    int[] level = new int[count];
    Arrays.setAll(level, i -> random.nextInt(3) / 2);
    return Operand.i32(level);
  }

  private Operand normal(int... dims) {
    Shape shape = Shape.of(dims);
    DoubleSupplier source = random::nextGaussian;
    double[] v = new double[(int) shape.size()];
    Arrays.setAll(v, i -> source.getAsDouble());
    return Operand.f32(shape, v);
  }
}
