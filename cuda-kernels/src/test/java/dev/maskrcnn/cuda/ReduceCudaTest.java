package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.LinearAlgebra.SumRows;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sums of small whole numbers, which float32 adds exactly in any order: nothing may be missing. */
@SuppressWarnings("try") // frames free what is made in them
class ReduceCudaTest {

  private static float[] numbers(int n) {
    float[] f = new float[n];
    for (int i = 0; i < n; i++) {
      f[i] = (i * 7 + i / 11) % 13 - 5;
    }
    return f;
  }

  /** Few and many columns, vectors and not, one chunk and many, whole blocks and not. */
  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1000, 1",
    "65537, 1",
    "20011, 3",
    "4097, 4",
    "999, 5",
    "5000, 12",
    "37, 31",
    "513, 33",
    "2049, 64",
    "777, 130",
    "3000, 256",
    "2, 1025",
    "1, 4096",
    "40, 5000"
  })
  void columns(int rows, int columns) {
    float[] x = numbers(rows * columns);
    float[] expected = new float[columns];
    for (int i = 0; i < x.length; i++) {
      expected[i % columns] += x[i];
    }
    try (Device device = CudaTestDevice.open()) {
      Tensor t = device.of(Shape.of(rows, columns), x);
      assertArrayEquals(expected, sumRows(t).toFloats());
      // Halves hold the addends; the sums, in float32 until the end, are rounded like the expected.
      for (DType half : new DType[] {DType.F16, DType.BF16}) {
        Tensor sums = cast(DType.F32, sumRows(cast(half, t)));
        Tensor rounded = cast(DType.F32, cast(half, device.of(Shape.of(columns), expected)));
        assertArrayEquals(rounded.toFloats(), sums.toFloats(), half.toString());
      }
    }
  }

  private static Tensor sumRows(Tensor t) {
    return t.device().dispatch(new SumRows(), List.of(t)).get(0);
  }

  private static Tensor cast(DType type, Tensor t) {
    return t.device().dispatch(new Cast(type), List.of(t)).get(0);
  }

  @Test
  void everythingWhereTheGridRepeats() {
    float[] x = numbers(1024 * 4096 + 4101);
    double expected = 0;
    for (float f : x) {
      expected += f;
    }
    try (Device device = CudaTestDevice.open();
        Frame frame = device.push("sum")) {
      assertEquals(expected, device.of(Shape.of(x.length), x).sum().item());
    }
  }
}
