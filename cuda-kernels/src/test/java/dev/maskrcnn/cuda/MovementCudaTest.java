package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Movement.BatchGather;
import dev.maskrcnn.tensor.op.Movement.Concat;
import dev.maskrcnn.tensor.op.Movement.GatherRows;
import dev.maskrcnn.tensor.op.Movement.GatherRowsBackward;
import dev.maskrcnn.tensor.op.Movement.SelectClass;
import dev.maskrcnn.tensor.op.Movement.SelectClassBackward;
import dev.maskrcnn.tensor.op.Movement.Slice;
import dev.maskrcnn.tensor.op.Movement.SliceBackward;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Every unit of copying, many inputs, and indices that lie outside. */
class MovementCudaTest {
  private final SplittableRandom random = new SplittableRandom(3);

  @Test
  void unitsOfOneToSixteenBytes() {
    try (SideBySide devices = new SideBySide()) {
      for (int width : new int[] {1, 2, 3, 4, 8, 12, 16, 32, 48}) {
        Operand bytes = bytes(9, 5, width);
        Operand other = bytes(9, 3, width);
        devices.same(new Concat(1), bytes, other, bytes);
        devices.same(new Concat(2), bytes, bytes);
        devices.same(new Slice(1, 1, 3), bytes);
        devices.same(new Slice(2, width / 4, width / 2), bytes);
        devices.same(new SliceBackward(1, 2, 9), bytes);
        devices.same(new SliceBackward(2, 4, width + 8), bytes);
        devices.same(new GatherRows(), bytes, Operand.i32(8, -1, 0, 3, 3));
        devices.same(new BatchGather(), bytes, indices(5, 9, 7));
        devices.same(new BatchGather(), bytes(1, 5, width), indices(5, 9, 7));
        devices.same(new SelectClass(width), floats(6, 2, 3 * width), indices(3, 6));
        devices.same(new SelectClassBackward(3 * width), floats(6, 2, width), indices(3, 6));
      }
    }
  }

  /** More inputs than one launch takes, some of them empty. */
  @Test
  void manyInputs() {
    Operand[] inputs = new Operand[19];
    Arrays.setAll(inputs, i -> bytes(3, i * 7 % 5, 4));
    try (SideBySide devices = new SideBySide()) {
      devices.same(new Concat(1), inputs);
      Arrays.setAll(inputs, i -> floats(i * 3 % 4, 33));
      devices.same(new Concat(0), inputs);
    }
  }

  /** The sum is in the order of the index, on the CPU as here. */
  @Test
  void sumsOfRowsHaveTheBitsOfTheCpu() {
    try (SideBySide devices = new SideBySide()) {
      for (int width : new int[] {1, 5, 64}) {
        devices.same(new GatherRowsBackward(2000), floats(1025, width), indices(2000, 1025));
        devices.same(new GatherRowsBackward(3), floats(700, width), indices(3, 700));
      }
    }
  }

  @Test
  void indicesOutsideEndTheLaunch() {
    assumeTrue(CudaTestDevice.emulated(), "SKIPPED: would end the context of the device");
    Operand wrong = Operand.i32(0, 4);
    faults(new GatherRows(), floats(4, 3), wrong);
    faults(new GatherRowsBackward(4), floats(2, 3), wrong);
    faults(new BatchGather(), floats(1, 4, 3), Operand.i32(Shape.of(1, 2), 0, 4));
    faults(new SelectClass(2), floats(2, 1, 8), wrong);
    faults(new SelectClassBackward(8), floats(2, 1, 2), wrong);
  }

  private static void faults(Op op, Operand x, Operand index) {
    try (Device cuda = CudaTestDevice.open()) {
      assertThrows(
          CudaException.class,
          () -> Operand.read(cuda.dispatch(op, List.of(x.on(cuda), index.on(cuda))).get(0)),
          op.label());
    }
  }

  private Operand bytes(int... dims) {
    Shape shape = Shape.of(dims);
    int[] v = new int[(int) shape.size()];
    Arrays.setAll(v, i -> random.nextInt(256));
    return Operand.u8(shape, v);
  }

  private Operand floats(int... dims) {
    Shape shape = Shape.of(dims);
    double[] v = new double[(int) shape.size()];
    Arrays.setAll(v, i -> random.nextGaussian());
    return Operand.f32(shape, v);
  }

  /** Indices from −1 to below {@code rows}. */
  private Operand indices(int rows, int... dims) {
    Shape shape = Shape.of(dims);
    int[] v = new int[(int) shape.size()];
    Arrays.setAll(v, i -> random.nextInt(-1, rows));
    return Operand.i32(shape, v);
  }
}
