package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Boxes.IndexWhere;
import dev.maskrcnn.tensor.op.Boxes.RoisAt;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The samples of the CPU, also where they hang on a tie; and what a wrong index does. */
class SamplingCudaTest {
  private static final int ROWS = 20_000;

  @Test
  void samplesOfManyRowsAreThoseOfTheCpu() {
    SplittableRandom random = new SplittableRandom(4);
    try (SideBySide devices = new SideBySide()) {
      for (int rows : new int[] {ROWS, ROWS + 1, 3}) {
        int[] labels = random.ints(2L * rows, -1, 4).map(l -> l > 1 ? 0 : l).toArray();
        Operand in = Operand.i32(Shape.of(2, rows), labels);
        for (int size : new int[] {0, 1, 256, ROWS / 2, 3 * ROWS}) {
          devices.same(new SampleBalanced(size, 0.25, random.nextLong(), random.nextLong()), in);
        }
      }
    }
  }

  /**
   * Two rows of a stream have equal keys, and the sample is so large that only one of them fits: it
   * is the lower row.
   */
  @Test
  void equalKeysAtTheCutGoToTheLowerRow() {
    long seed = 5;
    long offset = 0;
    int[] pair = twins(seed, offset);
    while (pair == null) {
      pair = twins(seed, ++offset);
    }
    Philox random = new Philox(seed, offset);
    int key = random.bits(pair[0]);
    int smaller =
        (int)
            IntStream.range(0, ROWS)
                .filter(i -> Integer.compareUnsigned(random.bits(i), key) < 0)
                .count();
    Operand negatives = Operand.i32(Shape.of(1, ROWS), new int[ROWS]);
    try (SideBySide devices = new SideBySide()) {
      double[] drawn =
          devices.same(new SampleBalanced(smaller + 1, 0.5, seed, offset), negatives).get(0);
      assertEquals(0, drawn[pair[0]], "row " + pair[0] + " of stream " + offset);
      assertEquals(-1, drawn[pair[1]], "row " + pair[1] + " of stream " + offset);
      assertEquals(smaller + 1, Arrays.stream(drawn).filter(d -> d == 0).count());
    }
  }

  /** Two rows with equal keys, ascending, or null if the stream has none. */
  private static int[] twins(long seed, long offset) {
    Philox random = new Philox(seed, offset);
    long[] keys = new long[ROWS];
    for (int i = 0; i < ROWS; i++) {
      keys[i] = Integer.toUnsignedLong(random.bits(i)) << 32 | i;
    }
    Arrays.sort(keys);
    for (int i = 1; i < ROWS; i++) {
      if (keys[i] >>> 32 == keys[i - 1] >>> 32) {
        return new int[] {(int) keys[i - 1], (int) keys[i]};
      }
    }
    return null;
  }

  @Test
  void positionsOfManyBlocksStayInOrder() {
    SplittableRandom random = new SplittableRandom(6);
    int[] labels = random.ints(100_003, -1, 2).toArray();
    Operand in = Operand.i32(Shape.of(labels.length), labels);
    try (SideBySide devices = new SideBySide()) {
      for (int capacity : new int[] {0, 5_000, 60_000}) {
        devices.same(new IndexWhere(1, capacity), in);
      }
    }
  }

  @Test
  void anIndexBeyondTheBoxesIsAFaultThatNamesTheKernel() {
    assumeTrue(CudaTestDevice.emulated(), "skipped: on hardware a fault ends the whole process");
    Device device = CudaTestDevice.open();
    try {
      Tensor boxes = Operand.f32(Shape.of(1, 2, 4), new double[8]).on(device);
      Tensor index = Operand.i32(2).on(device);
      CudaException fault =
          assertThrows(
              CudaException.class,
              () -> device.dispatch(new RoisAt(), List.of(boxes, index)).get(0).toFloats());
      assertTrue(fault.getMessage().contains("rois_at_f32"), fault.getMessage());
    } finally {
      device.close();
    }
  }
}
