package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Pointwise.Relu;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.spi.DeviceActivity;
import dev.maskrcnn.tensor.spi.Upload;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Uploads beside the computation, with the pool that a GPU has. The emulation follows the order of
 * the streams and faults where the handshake is missing.
 */
@SuppressWarnings("try") // frames free what is made in them
class CopyStreamTest {
  private static final String POOL = "maskrcnn.cuda.pool";
  private static final int COUNT = 3000;

  @BeforeEach
  void asOnAGpu() {
    System.setProperty(POOL, "true");
  }

  @AfterEach
  void restore() {
    System.clearProperty(POOL);
  }

  /** A batch that is on its way. */
  private record Sent(Frame frame, Tensor tensor, Upload upload) {
    static Sent of(Device device, float first) {
      float[] values = new float[COUNT];
      for (int i = 0; i < COUNT; i++) {
        values[i] = first + i;
      }
      Frame frame = device.apart("batch");
      Tensor[] made = new Tensor[1];
      Upload upload =
          device
              .backend()
              .ahead(() -> frame.run(() -> made[0] = device.of(Shape.of(COUNT), values)));
      return new Sent(frame, made[0], upload);
    }
  }

  @Test
  void batchesArriveWhileOthersAreComputed() {
    try (Device device = CudaTestDevice.open()) {
      Sent next = Sent.of(device, 0);
      DeviceActivity before = null;
      long reserved = 0;
      for (int step = 0; step < 8; step++) {
        if (step == 4) {
          before = device.backend().activity();
          reserved = device.reservedBytes();
        }
        Sent now = next;
        now.upload().join();
        try (Frame frame = device.push("step")) {
          Tensor result = device.dispatch(new Relu(), List.of(now.tensor())).get(0);
          next = Sent.of(device, 10 * (step + 1));
          assertEquals(10f * step + 7, result.toFloats()[7]);
          // A last use that the host does not wait for before the block is written again.
          device.dispatch(new Relu(), List.of(now.tensor()));
        }
        now.frame().close();
      }
      DeviceActivity spent = device.backend().activity().since(before);
      assertEquals(4, spent.uploadsAhead());
      assertEquals(0, spent.allocations());
      assertEquals(reserved, device.reservedBytes());
      next.frame().close();
    }
  }

  @Test
  void aUseBeforeTheJoinIsFound() {
    try (Device device = CudaTestDevice.open()) {
      assumeTrue(CudaTestDevice.emulated(), "only the emulation follows the order of streams");
      Sent sent = Sent.of(device, 0);
      CudaException e =
          assertThrows(
              CudaException.class,
              () -> device.dispatch(new Relu(), List.of(sent.tensor())).get(0).toFloats());
      assertTrue(e.getMessage().contains("nothing orders them"), e.getMessage());
      assertTrue(e.getMessage().contains("relu_f32"), e.getMessage());
      sent.frame().close();
    }
  }

  /** What is dropped before it is used leaves nothing behind. */
  @Test
  void batchesCanBeDropped() {
    try (Device device = CudaTestDevice.open()) {
      Sent.of(device, 1).frame().close();
      Sent sent = Sent.of(device, 2);
      sent.upload().join();
      sent.upload().join();
      float[] head = Arrays.copyOf(sent.tensor().toFloats(), 3);
      assertArrayEquals(new float[] {2, 3, 4}, head);
      sent.frame().close();
      assertEquals(0, device.liveBytes());
    }
  }
}
