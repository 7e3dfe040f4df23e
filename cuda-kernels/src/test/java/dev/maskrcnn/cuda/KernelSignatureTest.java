package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Launchers with a planted fault each: a launch whose arguments do not fit is refused. */
class KernelSignatureTest {
  private static final int WITH_PARAMETERS = 12_040; // CUDA 12.4

  private Device device;
  private CudaRuntime cuda;
  private Tensor y;
  private long from;
  private long to;

  @BeforeEach
  void open() {
    device = CudaTestDevice.open();
    cuda = CudaTestDevice.runtime(device);
    assumeTrue(
        CudaTestDevice.emulated() || CudaDeviceFacts.driverVersion() >= WITH_PARAMETERS,
        "the driver does not tell the parameters of kernels");
    from = device.of(Shape.of(3), 1f, 2f, 3f).storage().memory().address();
    y = device.of(Shape.of(3), 0f, 0f, 0f);
    to = y.storage().memory().address();
  }

  @AfterEach
  void close() {
    if (device != null) {
      device.close();
    }
  }

  /** Launches {@code relu_f32(const float* a, long long n, float* y)} anew. */
  private void launch(Arguments arguments) {
    cuda.function("relu_f32").launch(Launch.of(3, 32), arguments);
    cuda.synchronize();
  }

  private String refused(Arguments arguments) {
    String message = assertThrows(CudaException.class, () -> launch(arguments)).getMessage();
    assertEquals(0, y.toDoubles()[2], "it ran");
    return message;
  }

  @Test
  void theRightOnesAreTaken() {
    launch(cuda.arguments().pointer(from).longInteger(3).pointer(to));
    assertEquals(3, y.toDoubles()[2]);
  }

  @Test
  void oneIsMissing() {
    assertEquals(
        "kernel relu_f32: launched with 2 arguments, it has 3",
        refused(cuda.arguments().pointer(from).longInteger(3)));
  }

  @Test
  void oneIsTooMany() {
    assertEquals(
        "kernel relu_f32: launched with 4 arguments, it has 3",
        refused(cuda.arguments().pointer(from).longInteger(3).pointer(to).flag(true)));
  }

  @Test
  void oneHasTheWrongSize() {
    String message = refused(cuda.arguments().pointer(from).integer(3).pointer(to));
    String expected = CudaTestDevice.emulated() ? "integer of 8 bytes" : "8 bytes";
    assertEquals(
        "kernel relu_f32: argument 1 is integer of 4 bytes, expected " + expected, message);
  }

  /** Only the emulation knows the kinds. */
  @Test
  void oneIsOfTheWrongKind() {
    assumeTrue(CudaTestDevice.emulated(), "the driver does not tell the kinds of parameters");
    assertEquals(
        "kernel relu_f32: argument 2 is integer of 8 bytes, expected pointer of 8 bytes",
        refused(cuda.arguments().pointer(from).longInteger(3).longInteger(3)));
  }
}
