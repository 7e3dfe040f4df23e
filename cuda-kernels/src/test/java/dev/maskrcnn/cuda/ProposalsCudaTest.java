package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Boxes.DetectionRule;
import dev.maskrcnn.tensor.op.Boxes.SelectDetections;
import dev.maskrcnn.tensor.op.Boxes.SelectProposals;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sizes beyond one tile or block, and cuts that fall on ties. */
class ProposalsCudaTest {
  private static final int ROWS = 5_000;

  @Test
  void proposalsOfManyTiles() {
    RandomBoxes random = new RandomBoxes(1);
    Operand boxes = random.boxes(900, 90, 2, ROWS, 4);
    try (SideBySide devices = new SideBySide()) {
      for (Operand scores :
          List.of(random.uniform(-0.5, 1, 2, ROWS), random.steps(0.25, 2, ROWS))) {
        for (int k : new int[] {0, 1_000, 3_000, ROWS, 3 * ROWS}) {
          devices.same(new SelectProposals(k, true), boxes, scores);
          devices.same(new SelectProposals(k, false), boxes, scores);
        }
      }
    }
  }

  /** Classes with more candidates than a tile, more survivors than the capacity, and ties. */
  @Test
  void detectionsOfManyRows() {
    RandomBoxes random = new RandomBoxes(2);
    int rows = 1_100;
    int classes = 3;
    Operand boxes = random.boxes(400, 50, 2, rows, 4 * classes);
    Operand counts = Operand.i32(rows, rows - 77);
    try (SideBySide devices = new SideBySide()) {
      for (Operand scores :
          List.of(random.uniform(0, 1, 2, rows, classes), random.steps(0.1, 2, rows, classes))) {
        for (int limit : new int[] {0, 100}) {
          for (boolean ties : new boolean[] {true, false}) {
            DetectionRule rule = new DetectionRule(0.05, 0.5, limit, ties, 6);
            devices.same(new SelectDetections(rule, 1, 128), boxes, scores, counts);
            devices.same(new SelectDetections(rule, 1, 2_500), boxes, scores, counts);
          }
        }
      }
    }
  }

  @Test
  void backgroundAloneGivesNoDetection() {
    RandomBoxes random = new RandomBoxes(3);
    DetectionRule rule = new DetectionRule(0.05, 0.5, 100, true, 0);
    try (SideBySide devices = new SideBySide()) {
      devices.same(
          new SelectDetections(rule, 1, 9),
          random.boxes(40, 9, 2, 33, 4),
          random.uniform(0.5, 1, 2, 33, 1),
          Operand.i32(33, 5));
    }
  }

  @Test
  void aCountBeyondTheRowsIsAFaultThatNamesTheKernel() {
    assumeTrue(CudaTestDevice.emulated(), "skipped: on hardware a fault ends the whole process");
    RandomBoxes random = new RandomBoxes(4);
    DetectionRule rule = new DetectionRule(0.05, 0.5, 100, true, 0);
    Device device = CudaTestDevice.open();
    try {
      List<Tensor> in =
          List.of(
              random.boxes(40, 9, 1, 7, 8).on(device),
              random.uniform(0.5, 1, 1, 7, 2).on(device),
              Operand.i32(8).on(device));
      CudaException fault =
          assertThrows(
              CudaException.class,
              () -> device.dispatch(new SelectDetections(rule, 1, 9), in).get(0).toFloats());
      assertTrue(fault.getMessage().contains("detections_suppress_f32"), fault.getMessage());
    } finally {
      device.close();
    }
  }
}
