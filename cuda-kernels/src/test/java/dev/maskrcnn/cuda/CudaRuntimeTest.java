package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.Pointwise.Relu;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies, memory and launches of one device. */
class CudaRuntimeTest {
  private Device device;
  private CudaRuntime cuda;

  @BeforeEach
  void open() {
    device = CudaTestDevice.open();
    cuda = CudaTestDevice.runtime(device);
  }

  @AfterEach
  void close() {
    if (device != null) {
      device.close();
    }
  }

  private static byte[] noise(int n) {
    byte[] bytes = new byte[n];
    new Random(n).nextBytes(bytes);
    return bytes;
  }

  private byte[] read(long address, int n) {
    ByteBuffer b = ByteBuffer.allocate(n);
    cuda.download(address, b);
    return b.array();
  }

  /** Sizes around the chunks in which copies are made. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 4 << 20, (4 << 20) + 1, (12 << 20) + 5})
  void hostDataComesBackUnchanged(int n) {
    byte[] data = noise(n);
    Tensor t = device.empty(new Spec(Shape.of(n), DType.U8));
    t.write(ByteBuffer.wrap(data));
    assertArrayEquals(data, read(t.storage().memory().address(), n));
  }

  @Test
  void partsOfBuffersAreCopied() {
    byte[] data = noise(100);
    CudaMemory block = cuda.pool().allocate(60);
    ByteBuffer source = ByteBuffer.wrap(data).position(10).limit(70);
    cuda.upload(source, block.address());
    assertEquals(10, source.position());
    ByteBuffer target = ByteBuffer.allocateDirect(80).position(20);
    cuda.download(block.address(), target);
    assertEquals(80, target.position());
    byte[] back = new byte[60];
    target.get(20, back);
    byte[] expected = new byte[60];
    System.arraycopy(data, 10, expected, 0, 60);
    assertArrayEquals(expected, back);
    cuda.pool().free(block);
  }

  @Test
  void fillsAndCopiesAreInStreamOrder() {
    CudaMemory a = cuda.pool().allocate(64);
    CudaMemory b = cuda.pool().allocate(64);
    cuda.fill(a.address(), (byte) 7, 64);
    cuda.fillWords(b.address(), 0x01020304, 16);
    cuda.copy(b.address() + 8, a.address(), 4);
    cuda.fill(a.address(), (byte) 9, 0);
    byte[] back = read(b.address(), 16);
    assertArrayEquals(new byte[] {4, 3, 2, 1, 4, 3, 2, 1, 7, 7, 7, 7, 4, 3, 2, 1}, back);
    cuda.pool().free(a);
    cuda.pool().free(b);
  }

  @Test
  void scratchGrowsAndStays() {
    long first = cuda.scratch(10);
    assertEquals(first, cuda.scratch(1 << 20));
    long blocks = cuda.pool().blocks();
    long second = cuda.scratch((1 << 20) + 1);
    assertEquals(second, cuda.scratch(100));
    assertTrue(cuda.pool().blocks() <= blocks + 1);
  }

  /** A second round must find all it needs in what the first left. */
  @Test
  @SuppressWarnings("try") // the frame frees what is made in it
  void framesLeaveNothingBehind() {
    long before = device.reservedBytes();
    for (int i = 0; i < 50; i++) {
      try (Frame frame = device.push("round")) {
        Tensor x = device.of(Shape.of(1000), new float[1000]);
        device.dispatch(new Relu(), List.of(x));
      }
      if (i == 0) {
        before = device.reservedBytes();
      }
    }
    assertEquals(before, device.reservedBytes());
    assertEquals(0, device.liveBytes());
  }

  @Test
  void anEmptyGridLaunchesNothing() {
    Tensor none = device.empty(new Spec(Shape.of(0), DType.F32));
    assertEquals(0, device.dispatch(new Relu(), List.of(none)).get(0).toDoubles().length);
    cuda.function("relu_f32").launch(Launch.of(0, 256), cuda.arguments());
  }

  /** A wrong name would show at the first launch only. */
  @Test
  void everyKernelThatALauncherNamesExists() {
    assertTrue(cuda.functions().size() > 50, () -> "only " + cuda.functions());
    for (KernelFunction function : cuda.functions()) {
      function.handle();
    }
  }

  @Test
  void unknownKernelsAreNamed() {
    KernelFunction wrong = cuda.function("no_such_kernel");
    CudaException e =
        assertThrows(CudaException.class, () -> wrong.launch(Launch.of(1, 32), cuda.arguments()));
    assertTrue(e.getMessage().contains("kernel no_such_kernel"), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  @Test
  void launchesBeyondTheDeviceAreRefusedWithTheirShape() {
    KernelFunction relu = cuda.function("relu_f32");
    Arguments none = cuda.arguments().pointer(0).longInteger(0).pointer(0);
    CudaException e =
        assertThrows(
            CudaException.class, () -> relu.launch(Launch.blocks(1, 64).shared(1 << 20), none));
    assertTrue(e.getMessage().contains("relu_f32"), e.getMessage());
    assertTrue(e.getMessage().contains("1048576 bytes"), e.getMessage());
  }

  @Test
  void memoryCannotBeReadFromTheHost() {
    Tensor t = device.of(Shape.of(2), 1f, 2f);
    DeviceException e = assertThrows(DeviceException.class, () -> t.storage().memory().host());
    assertTrue(e.getMessage().contains("download"), e.getMessage());
  }

  @Test
  void copiesBeyondABlockAreRefused() {
    CudaBackend backend = (CudaBackend) device.backend();
    CudaMemory block = cuda.pool().allocate(16);
    long tooMany = block.bytes() + 1;
    ByteBuffer host = ByteBuffer.allocate((int) tooMany);
    assertThrows(DeviceException.class, () -> backend.upload(host, block));
    assertThrows(DeviceException.class, () -> backend.download(block, host));
    cuda.pool().free(block);
  }

  /** The delay comes before the first event, so it is not in the time. */
  @Test
  void secondsAreThoseOfTheWork() {
    Tensor x = device.of(Shape.of(3), 1f, -1f, 0f);
    double seconds =
        device.backend().seconds(() -> device.dispatch(new Relu(), List.of(x)).get(0).close());
    assertTrue(seconds >= 0 && seconds < 10, "took " + seconds + " s");
  }

  @Test
  void timersCountDeviceTime() {
    try (CudaTimer timer = ((CudaBackend) device.backend()).timer()) {
      timer.start();
      device.dispatch(new Relu(), List.of(device.of(Shape.of(3), 1f, -1f, 0f)));
      double milliseconds = timer.stop();
      assertTrue(milliseconds >= 0 && milliseconds < 10_000, "took " + milliseconds + " ms");
    }
  }
}
