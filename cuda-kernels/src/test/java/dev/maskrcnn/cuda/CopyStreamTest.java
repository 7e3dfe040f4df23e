package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Prefetch;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.device.DeviceActivity;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.DeviceSetting;
import dev.maskrcnn.tensor.op.Pointwise.Relu;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Uploads beside the computation, with the pool that a GPU has. The emulation follows the order of
 * the streams and faults where the handshake is missing.
 */
@SuppressWarnings("try") // frames free what is made in them
class CopyStreamTest {
  private static final int COUNT = 3000;

  private static Device open() {
    return CudaTestDevice.open(
        DeviceOptions.fromSystemProperties().with(DeviceSetting.CUDA_POOL, true));
  }

  /** A batch that is on its way. */
  private static Prefetch<Tensor> sent(Device device, float first) {
    float[] values = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      values[i] = first + i;
    }
    return device.prefetch("batch", () -> device.of(Shape.of(COUNT), values));
  }

  @Test
  void batchesArriveWhileOthersAreComputed() {
    try (Device device = open()) {
      Prefetch<Tensor> next = sent(device, 0);
      DeviceActivity before = null;
      long reserved = 0;
      for (int step = 0; step < 8; step++) {
        if (step == 4) {
          before = device.activity();
          reserved = device.reservedBytes();
        }
        Prefetch<Tensor> now = next;
        Tensor batch = now.join();
        try (Frame frame = device.push("step")) {
          Tensor result = device.dispatch(new Relu(), List.of(batch)).get(0);
          next = sent(device, 10 * (step + 1));
          assertEquals(10f * step + 7, result.toFloats()[7]);
          // A last use that the host does not wait for before the block is written again.
          device.dispatch(new Relu(), List.of(batch));
        }
        now.close();
      }
      DeviceActivity spent = device.activity().since(before);
      assertEquals(4, spent.uploadsAhead());
      assertEquals(0, spent.allocations());
      assertEquals(reserved, device.reservedBytes());
      next.close();
    }
  }

  @Test
  void aUseBeforeTheJoinIsFound() {
    try (Device device = open()) {
      assumeTrue(CudaTestDevice.emulated(), "only the emulation follows the order of streams");
      Tensor[] early = new Tensor[1];
      Prefetch<Tensor> sent =
          device.prefetch("batch", () -> early[0] = device.of(Shape.of(2), 1f, 2f));
      CudaException e =
          assertThrows(
              CudaException.class,
              () -> device.dispatch(new Relu(), List.of(early[0])).get(0).toFloats());
      assertTrue(e.getMessage().contains("nothing orders them"), e.getMessage());
      assertTrue(e.getMessage().contains("relu_f32"), e.getMessage());
      sent.close();
    }
  }

  /** What is dropped before it is used leaves nothing behind. */
  @Test
  void batchesCanBeDropped() {
    try (Device device = open()) {
      sent(device, 1).close();
      Prefetch<Tensor> sent = sent(device, 2);
      sent.join();
      float[] head = Arrays.copyOf(sent.join().toFloats(), 3);
      assertArrayEquals(new float[] {2, 3, 4}, head);
      sent.close();
      assertEquals(0, device.liveBytes());
    }
  }
}
