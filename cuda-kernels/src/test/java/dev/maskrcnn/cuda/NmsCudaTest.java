package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Comparison;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.KernelCall;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Segments of several tiles, long chains of suppression, and masks that come in strips. */
class NmsCudaTest {
  private static final int ROWS = 2_500;

  @Test
  void moreBoxesThanATileAreRankedTogether() {
    RandomBoxes random = new RandomBoxes(1);
    Operand boxes = random.boxes(300, 60, 2, ROWS, 4);
    try (SideBySide devices = new SideBySide()) {
      for (Operand scores : List.of(random.uniform(0, 1, 2, ROWS), random.steps(0.1, 2, ROWS))) {
        devices.same(new Nms(0.5, ROWS, 0), boxes, scores, mostlyValid(2, ROWS));
        devices.same(new Nms(0.7, 33, 1), boxes, scores, mostlyValid(2, ROWS));
      }
    }
  }

  /** Each box overlaps its neighbours only, so that every second one survives. */
  @Test
  void chainOfSuppressionsWithinAChunkIsFollowed() {
    int rows = 200;
    double[] boxes = new double[rows * 4];
    double[] scores = new double[rows];
    for (int i = 0; i < rows; i++) {
      boxes[4 * i] = 6 * i;
      boxes[4 * i + 2] = 6 * i + 10;
      boxes[4 * i + 3] = 10;
      scores[i] = 1 - i / 1000.0;
    }
    Operand valid = Operand.u8(Shape.of(1, rows), fill(rows, 1));
    try (SideBySide devices = new SideBySide()) {
      List<double[]> kept =
          devices.same(
              new Nms(0.2, rows, 0),
              Operand.f32(Shape.of(1, rows, 4), boxes),
              Operand.f32(Shape.of(1, rows), scores),
              valid);
      assertEquals(rows / 2, kept.get(1)[0]);
      for (int i = 0; i < rows / 2; i++) {
        assertEquals(2 * i, kept.get(0)[i]);
      }
    }
  }

  /** A negative threshold suppresses also what does not overlap; 1 nothing at all. */
  @Test
  void thresholdsBeyondTheUsual() {
    RandomBoxes random = new RandomBoxes(2);
    Operand boxes = random.boxes(100, 60, 1, 150, 4);
    Operand scores = random.uniform(0, 1, 1, 150);
    try (SideBySide devices = new SideBySide()) {
      for (double threshold : new double[] {-1, 0, 1e-38, 1, 2}) {
        devices.same(new Nms(threshold, 150, 1), boxes, scores, mostlyValid(1, 150));
      }
    }
  }

  @Test
  @SuppressWarnings("try") // the frame frees what is made in it
  void stripsOfMasksGiveTheSameAsOne() {
    RandomBoxes random = new RandomBoxes(3);
    int rows = 700;
    Operand boxes = random.boxes(200, 60, 2, rows, 4);
    Operand scores = random.uniform(0, 1, 2, rows);
    Nms op = new Nms(0.5, rows, 1);
    Device device = CudaTestDevice.open();
    try (device;
        Frame frame = device.push("strips")) {
      List<Tensor> in =
          List.of(boxes.on(device), scores.on(device), mostlyValid(2, rows).on(device));
      List<Tensor> expected = device.dispatch(op, in);
      for (int chunks : new int[] {1, 4}) {
        List<Tensor> out = expected.stream().map(t -> device.empty(t.spec())).toList();
        long maskBytes = chunks * 2L * rows * Long.BYTES;
        new NmsCuda(CudaTestDevice.runtime(device), maskBytes)
            .run(new KernelCall<>(op, CudaTestDevice.arrays(in), CudaTestDevice.arrays(out)));
        for (int i = 0; i < out.size(); i++) {
          Comparison.exact(chunks + " chunks", expected.get(i).toDoubles(), out.get(i).toDoubles());
        }
      }
    }
  }

  private static Operand mostlyValid(int... dims) {
    int[] valid = fill((int) Shape.of(dims).size(), 1);
    for (int i = 3; i < valid.length; i += 17) {
      valid[i] = 0;
    }
    return Operand.u8(Shape.of(dims), valid);
  }

  private static int[] fill(int count, int value) {
    int[] v = new int[count];
    Arrays.fill(v, value);
    return v;
  }
}
