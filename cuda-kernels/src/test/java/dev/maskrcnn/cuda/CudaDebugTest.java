package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.DeviceSetting;
import dev.maskrcnn.tensor.shape.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A fault as hardware tells it: the launch succeeds, and some later call that waits brings the
 * error. {@code -Dcuda.debug=sync} waits for each launch.
 */
class CudaDebugTest {
  /** An address that no device has. */
  private static final long NOWHERE = 0x10_0000_0000L;

  @BeforeEach
  void deferFaults() {
    assumeTrue(CudaTestDevice.emulated(), "a fault on a GPU would end the tests of the process");
    Function.getFunction("c", "setenv").invokeInt(new Object[] {"EMULATION_FAULTS", "deferred", 1});
  }

  @AfterEach
  void reportAtOnce() {
    Function.getFunction("c", "unsetenv").invokeInt(new Object[] {"EMULATION_FAULTS"});
  }

  private static DeviceOptions debug(String mode) {
    return DeviceOptions.fromSystemProperties().with(DeviceSetting.CUDA_DEBUG, mode);
  }

  /** A sound kernel, one that writes nowhere, and that again as another kernel. */
  private static void launches(CudaRuntime cuda, Tensor x) {
    relu(cuda, "relu_f32", x.storage().memory().address());
    relu(cuda, "sigmoid_f32", NOWHERE);
  }

  private static void relu(CudaRuntime cuda, String kernel, long address) {
    cuda.function(kernel)
        .launch(
            Launch.of(64, 64), cuda.arguments().pointer(address).longInteger(64).pointer(address));
  }

  @Test
  void withoutItTheKernelsSinceTheLastWaitAreSuspects() {
    try (Device device = CudaTestDevice.open(debug("off"))) {
      CudaRuntime cuda = CudaTestDevice.runtime(device);
      Tensor x = device.of(Shape.of(64), new float[64]);
      cuda.synchronize();
      assertDoesNotThrow(() -> launches(cuda, x));
      String said = assertThrows(CudaException.class, cuda::synchronize).getMessage();
      assertTrue(said.contains("one of the last 2 kernels (relu_f32, sigmoid_f32) failed"), said);
      assertTrue(said.endsWith("Run again with -Dcuda.debug=sync to learn which"), said);
      assertEquals(1, said.lines().count(), said);
    }
  }

  @Test
  void withItTheLaunchItselfFailsAndNamesTheKernel() {
    try (Device device = CudaTestDevice.open(debug("sync"))) {
      CudaRuntime cuda = CudaTestDevice.runtime(device);
      Tensor x = device.of(Shape.of(64), new float[64]);
      String said = assertThrows(CudaException.class, () -> launches(cuda, x)).getMessage();
      assertTrue(said.contains(": kernel sigmoid_f32 (grid 1x1x1, block 64) failed"), said);
      assertTrue(said.contains("CUDA_ERROR_ILLEGAL_ADDRESS (700)"), said);
      assertEquals(1, said.lines().count(), said);
    }
  }
}
