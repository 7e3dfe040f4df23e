package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.op.Masks.MaskTargets;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Rasters of several strips, polygons with thousands of points, images of odd sizes. */
class MasksCudaTest {
  /** Rasters of up to 256x256 pixels are done in one strip. */
  @Test
  void rastersOfManyStrips() {
    try (SideBySide devices = new SideBySide()) {
      for (int size : new int[] {255, 256, 257, 530}) {
        devices.same(new MaskTargets(size), targets(60, 3, size));
      }
    }
  }

  /** One part with more points than the block has threads, on either side of the RoI's borders. */
  @Test
  void polygonsWithManyPoints() {
    try (SideBySide devices = new SideBySide()) {
      for (int points : new int[] {1, 2, 128, 129, 3_000}) {
        devices.same(new MaskTargets(28), targets(points, 5, points));
      }
    }
  }

  /** RoIs around one instance of two stars that overlap in part. */
  private static Operand[] targets(int points, int rois, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] coords = new double[4 * points];
    for (int i = 0; i < 2 * points; i++) {
      double angle = 2 * Math.PI * (i % points) / points;
      double radius = random.nextDouble(10, 60);
      coords[2 * i] = (i < points ? 80 : 120) + radius * Math.cos(angle);
      coords[2 * i + 1] = 90 + radius * Math.sin(angle);
    }
    double[] boxes = new double[4 * rois];
    for (int i = 0; i < rois; i++) {
      boxes[4 * i] = random.nextDouble(10, 90);
      boxes[4 * i + 1] = random.nextDouble(20, 80);
      boxes[4 * i + 2] = boxes[4 * i] + random.nextDouble(1, 120);
      boxes[4 * i + 3] = boxes[4 * i + 1] + random.nextDouble(1, 90);
    }
    return new Operand[] {
      Operand.f32(Shape.of(rois, 4), boxes),
      Operand.i32(new int[rois]),
      Operand.f32(Shape.of(coords.length), coords),
      Operand.i32(0, 2 * points, 4 * points),
      Operand.i32(0, 2)
    };
  }

  /** Masks begin at any byte of a line, and images are narrower than a line or not. */
  @Test
  void imagesOfOddSizes() {
    RandomBoxes random = new RandomBoxes(1);
    int count = 17;
    try (SideBySide devices = new SideBySide()) {
      for (int[] size : new int[][] {{37, 53}, {1, 1}, {200, 3}, {64, 96}, {5, 15}, {333, 251}}) {
        Operand masks = random.uniform(0, 1, count, 28, 28);
        Operand boxes = random.boxes(size[1], 2 * size[1] + 4, count, 4);
        devices.same(new MaskPaste(size[0], size[1], 0.5, 1), masks, boxes);
        devices.same(new MaskPaste(size[0], size[1], -1, 1), masks, boxes);
        devices.same(new MaskPaste(size[0], size[1], 0.3, 0), masks, boxes);
      }
    }
  }

  @Test
  void boxesFarOutside() {
    double[] far = {-1e9, -1e9, 1e9, 1e9, -300, -300, -200, -200, 1e9, 3, 2e9, 9, 5, 5, 4, 4};
    try (SideBySide devices = new SideBySide()) {
      devices.same(
          new MaskPaste(40, 60, 0.5, 1),
          new RandomBoxes(2).uniform(0, 1, 4, 14, 14),
          Operand.f32(Shape.of(4, 4), far));
    }
  }

  @Test
  void anInstanceThatDoesNotExistIsAFaultThatNamesTheKernel() {
    assumeTrue(CudaTestDevice.emulated(), "skipped: on hardware a fault ends the whole process");
    Device device = CudaTestDevice.open();
    try {
      Operand[] operands = targets(9, 2, 3);
      operands[1] = Operand.i32(0, 1);
      List<Tensor> in = List.of(operands).stream().map(o -> o.on(device)).toList();
      CudaException fault =
          assertThrows(
              CudaException.class,
              () -> device.dispatch(new MaskTargets(14), in).get(0).toFloats());
      assertTrue(fault.getMessage().contains("mask_targets_f32"), fault.getMessage());
    } finally {
      device.close();
    }
  }
}
