package dev.maskrcnn.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Relu;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls after the end and from a second thread never reach native code. */
class DeviceOwnerTest {
  private static final Shape PIXEL = Shape.of(1, 1, 1, 8);

  /** What a call throws in another thread; null if it throws nothing. */
  private static Throwable elsewhere(Executable call) throws InterruptedException {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              try {
                call.execute();
              } catch (Exception | Error e) {
                throw e;
              } catch (Throwable e) {
                throw new AssertionError(e);
              }
              return null;
            });
    Thread thread = new Thread(task, "second");
    thread.start();
    thread.join();
    try {
      task.get();
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  private static List<Executable> uses(Device device, Tensor x) {
    Op convolution = new Conv2d(Window.of(1, 0), Epilogue.NONE);
    Spec pixel = new Spec(PIXEL, DType.F32);
    return List.of(
        () -> device.dispatch(new Relu(), List.of(x)),
        () -> device.dispatch(convolution, List.of(x, x)),
        () -> device.empty(pixel),
        () -> device.of(PIXEL, new float[8]),
        () -> device.filled(pixel, 1),
        () -> device.push("frame"),
        () -> device.enter("module"),
        () -> device.prefetch("batch", () -> 0),
        () -> device.halves(DType.BF16),
        () -> device.captured(() -> () -> {}),
        device::synchronize,
        device::handOver,
        () -> device.seconds(() -> {}));
  }

  private static List<Executable> uses(Tensor x) {
    return List.of(
        x::toFloats,
        x::toDoubles,
        x::readLater,
        x::copy,
        () -> x.reshape(Shape.of(8)),
        () -> x.copyFrom(x),
        () -> x.write(ByteBuffer.allocate(32)),
        x::share,
        x::promote,
        x::close);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void aSecondThreadIsRefusedInOneLine(String name) throws InterruptedException {
    try (Device device = Device.open(name)) {
      Tensor x = device.of(PIXEL, new float[8]);
      for (Executable use : uses(device, x)) {
        refused(elsewhere(use), "was used from thread second");
      }
      for (Executable use : uses(x)) {
        refused(elsewhere(use), "was used from thread second");
      }
      refused(elsewhere(device::close), "was used from thread second");
      assertArrayEquals(new float[8], x.toFloats());
    }
  }

  private static void refused(Throwable thrown, String reason) {
    assertTrue(thrown instanceof DeviceException, () -> "thrown: " + thrown);
    assertTrue(thrown.getMessage().contains(reason), thrown.getMessage());
    assertEquals(1, thrown.getMessage().lines().count(), thrown.getMessage());
  }

  @Test
  void aDeviceCanBeHandedOver() throws InterruptedException {
    try (Device device = Device.cpu()) {
      Tensor x = device.of(Shape.of(2), 1f, -1f);
      device.handOver();
      assertEquals(
          null,
          elsewhere(
              () -> {
                assertArrayEquals(new float[] {1, 0}, x.relu().toFloats());
                device.handOver();
              }));
      assertArrayEquals(new float[] {2, -2}, x.scale(2).toFloats());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void whatIsClosedIsRefused(String name) {
    Device device = Device.open(name);
    Tensor x = device.of(PIXEL, new float[8]).promote();
    Frame frame = device.push("open");
    assertThrows(FrameClosedException.class, device::close);
    for (Executable use : uses(device, x)) {
      refused(assertThrows(DeviceException.class, use), "it was closed");
    }
    refused(assertThrows(DeviceException.class, x::toFloats), "it was closed");
    x.close();
    x.close();
    frame.close();
    device.close();
  }
}
