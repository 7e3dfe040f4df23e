package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.op.Pointwise.ReluBackward;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the contract does not ask of elementwise ops. */
class ElementwiseCudaTest {
  private static final float NAN = Float.NaN;

  @Test
  void nanIsNotHidden() {
    try (Device device = CudaTestDevice.open()) {
      Tensor x = device.of(Shape.of(5), -1f, NAN, 2f, Float.NEGATIVE_INFINITY, NAN);
      assertArrayEquals(new float[] {0, NAN, 2, 0, NAN}, x.relu().toFloats());
      Tensor dy = device.of(Shape.of(5), 1f, 2f, 3f, 4f, 5f);
      float[] dx = device.dispatch(new ReluBackward(), List.of(x, dy)).get(0).toFloats();
      assertArrayEquals(new float[] {0, 0, 3, 0, 0}, dx);
    }
  }

  @Test
  void largeIntegersRoundToEven() {
    try (Device device = CudaTestDevice.open()) {
      Tensor n = device.of(Shape.of(3), (1 << 24) + 1, (1 << 24) + 3, Integer.MIN_VALUE);
      Tensor f = device.dispatch(new Cast(DType.F32), List.of(n)).get(0);
      assertArrayEquals(new float[] {0x1p24f, 0x1p24f + 4, -0x1p31f}, f.toFloats());
    }
  }

  @Test
  void doublesAreRefused() {
    try (Device device = CudaTestDevice.open()) {
      Tensor x = device.of(Shape.of(1), 1.0);
      DeviceException e = assertThrows(DeviceException.class, x::relu);
      assertTrue(e.getMessage().contains("no cuda kernel for f64"), e.getMessage());
    }
  }
}
