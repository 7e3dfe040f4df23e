package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.device.DeviceException;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** The rules of compatibility are those of the CUDA programming guide, 6.1. */
class KernelArchitecturesTest {
  private static final KernelArchitectures BUILT =
      new KernelArchitectures(List.of(75, 80, 90), 90, "13.0");

  private static CudaDeviceFacts device(String product, int capability) {
    return new CudaDeviceFacts("cuda:0", product, capability, 1L << 34, 20, 13_000);
  }

  @Test
  void machineCodeRunsWithinItsMajorVersion() {
    assertTrue(BUILT.run(75));
    assertTrue(BUILT.run(80));
    assertTrue(BUILT.run(86));
    assertTrue(BUILT.run(89));
    assertFalse(BUILT.run(70));
    assertFalse(BUILT.run(61));
  }

  @Test
  void newerDevicesCompileThePtx() {
    assertTrue(BUILT.run(90));
    assertTrue(BUILT.run(120));
  }

  @Test
  void anUnsupportedDeviceIsNamed() {
    DeviceException e =
        assertThrows(DeviceException.class, () -> BUILT.require(device("Tesla P100", 60)));
    assertEquals(
        "device cuda:0: Tesla P100 has compute capability 6.0, the kernels of this jar are for"
            + " 7.5, 8.0, 9.0 and newer than 9.0 (nvcc 13.0)",
        e.getMessage());
  }

  @Test
  void aJarWithoutKernelsSaysSo() {
    DeviceException e =
        assertThrows(
            DeviceException.class,
            () -> CudaModules.packed(new Properties(), device("NVIDIA H100", 90)));
    assertEquals(
        "device cuda:0: this jar has no CUDA kernels. It was built without nvcc; build it where the"
            + " CUDA toolkit is installed (nvcc on the PATH)",
        e.getMessage());
  }

  @Test
  void theIndexOfTheBuildIsUnderstood() {
    Properties index = new Properties();
    index.setProperty("architectures", "80 90");
    index.setProperty("ptx", "90");
    index.setProperty("compiler", "12.8");
    index.setProperty("module.a.fatbin", "x_f32 x_f16");
    index.setProperty("module.b.fatbin", "y");
    assertEquals(
        new KernelArchitectures(List.of(80, 90), 90, "12.8"), KernelArchitectures.of(index));
    assertEquals("a.fatbin", CudaModules.fileOfKernel(index).get("x_f16"));
    assertEquals("b.fatbin", CudaModules.fileOfKernel(index).get("y"));
    assertEquals(3, CudaModules.fileOfKernel(index).size());
  }
}
