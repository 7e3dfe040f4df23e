package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Boxes.SelectTopK;
import dev.maskrcnn.tensor.shape.Shape;
import org.junit.jupiter.api.Test;

/**
 * Rows of many blocks, lists of many tiles, ties at the cut, and numbers that are hard to order.
 */
class SelectTopKCudaTest {
  @Test
  void moreWinnersThanATileAreMerged() {
    RandomBoxes random = new RandomBoxes(1);
    try (SideBySide devices = new SideBySide()) {
      for (int k : new int[] {2_048, 2_049, 5_000, 9_000}) {
        devices.same(new SelectTopK(k), random.uniform(0, 1, 2, 9_000));
        devices.same(new SelectTopK(k), random.steps(0.125, 1, 9_000));
      }
    }
  }

  /** The index of the last winner has to be found in two more digits. */
  @Test
  void tiesOfManyBlocksGoToTheLowerIndex() {
    RandomBoxes random = new RandomBoxes(2);
    try (SideBySide devices = new SideBySide()) {
      for (int k : new int[] {1, 1_000, 1_999}) {
        devices.same(new SelectTopK(k), random.steps(1, 2, 20_000));
        devices.same(new SelectTopK(k), random.steps(0.0625, 2, 20_000));
      }
    }
  }

  /** As scores of half precision are: few different values, close together. */
  @Test
  void scoresThatShareTheirUpperDigits() {
    RandomBoxes random = new RandomBoxes(3);
    try (SideBySide devices = new SideBySide()) {
      devices.same(new SelectTopK(700), random.uniform(0.5, 0.5001, 3, 12_289));
    }
  }

  @Test
  void infinitiesAndNaNAreOrdered() {
    double[] row = {
      Double.NaN, -1, Float.MIN_VALUE, 0, -0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
    };
    Operand in = Operand.f32(Shape.of(1, row.length), row);
    try (SideBySide devices = new SideBySide()) {
      double[] index = devices.same(new SelectTopK(row.length), in).get(1);
      assertArrayEquals(new double[] {5, 2, 3, 4, 1, 6, 0}, index);
      assertArrayEquals(
          new double[] {5, 2, 3}, devices.same(new SelectTopK(3), in).get(1), "the best three");
    }
  }
}
