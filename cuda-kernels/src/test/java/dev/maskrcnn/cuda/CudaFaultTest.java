package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.op.Pointwise.Relu;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.Test;

/** What is said when a kernel goes wrong. A fault ends the device, so each test opens its own. */
class CudaFaultTest {
  /** An address that no device has. */
  private static final long NOWHERE = 0x10_0000_0000L;

  private static void launchIntoNowhere(CudaRuntime cuda) {
    cuda.function("relu_f32")
        .launch(
            Launch.of(64, 64), cuda.arguments().pointer(NOWHERE).longInteger(64).pointer(NOWHERE));
  }

  @Test
  void aFaultNamesTheKernelAndEndsTheDeviceOnly() {
    try (Device device = CudaTestDevice.open()) {
      assumeTrue(CudaTestDevice.emulated(), "a fault on a GPU would end the tests of the process");
      CudaRuntime cuda = CudaTestDevice.runtime(device);
      CudaException e =
          assertThrows(
              CudaException.class,
              () -> {
                launchIntoNowhere(cuda);
                cuda.synchronize();
              });
      assertTrue(e.getMessage().contains("relu_f32"), e.getMessage());
      assertEquals(1, e.getMessage().lines().count());
      assertTrue(cuda.log().faulted());
      assertThrows(CudaException.class, cuda::synchronize);
    }
    assertDoesNotThrow(
        () -> {
          try (Device next = CudaTestDevice.open()) {
            next.dispatch(new Relu(), List.of(next.of(Shape.of(1), 1f))).get(0).toDoubles();
          }
        });
  }

  /** On hardware the fault comes with a later call, without a name. */
  @Test
  void aLateFaultIsToldWithTheKernelsThatMayHaveMadeIt() {
    try (Device device = CudaTestDevice.open()) {
      CudaRuntime cuda = CudaTestDevice.runtime(device);
      LaunchLog log = new LaunchLog("cuda:0", cuda.stream(), false);
      log.launched(cuda.function("first_f32"), Launch.of(1, 32), 0);
      log.settle(0, "waiting");
      for (int i = 0; i < 10; i++) {
        log.launched(cuda.function("kernel" + i), Launch.of(1, 32), 0);
      }
      int code = CUresult.CUDA_ERROR_ILLEGAL_ADDRESS;
      String said =
          assertThrows(CudaException.class, () -> log.settle(code, "waiting for the device"))
              .getMessage();
      assertTrue(
          said.startsWith(
              "cuda:0: one of the last 10 kernels (…, kernel2, kernel3, kernel4, kernel5, kernel6,"
                  + " kernel7, kernel8, kernel9) failed: CUDA_ERROR_ILLEGAL_ADDRESS (700)"),
          said);
      assertTrue(
          said.endsWith(
              "found while waiting for the device. Run again with -Dcuda.debug=sync to learn"
                  + " which"),
          said);
    }
  }

  @Test
  void aSingleKernelIsNamedWithItsShape() {
    try (Device device = CudaTestDevice.open()) {
      CudaRuntime cuda = CudaTestDevice.runtime(device);
      LaunchLog log = new LaunchLog("cuda:0", cuda.stream(), false);
      log.launched(cuda.function("nms_greedy"), Launch.blocks(2, 64), 0);
      int code = CUresult.CUDA_ERROR_MISALIGNED_ADDRESS;
      String said =
          assertThrows(CudaException.class, () -> log.settle(code, "waiting")).getMessage();
      assertTrue(
          said.startsWith(
              "cuda:0: kernel nms_greedy (grid 2x1x1, block 64) failed:"
                  + " CUDA_ERROR_MISALIGNED_ADDRESS (716)"),
          said);
    }
  }

  @Test
  void aRefusedLaunchIsNoFault() {
    try (Device device = CudaTestDevice.open()) {
      CudaRuntime cuda = CudaTestDevice.runtime(device);
      LaunchLog log = new LaunchLog("cuda:0", cuda.stream(), false);
      int code = CUresult.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
      CudaException e =
          assertThrows(
              CudaException.class,
              () -> log.launched(cuda.function("big"), Launch.blocks(7, 1024), code));
      assertEquals(code, e.code());
      assertTrue(
          e.getMessage()
              .startsWith(
                  "cuda:0: kernel big was not launched, grid 7x1x1, block 1024: CUDA_ERROR"),
          e.getMessage());
      assertTrue(!log.faulted());
    }
  }
}
