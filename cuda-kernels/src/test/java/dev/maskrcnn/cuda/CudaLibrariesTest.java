package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.spi.DeviceReport;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

/** What is said where something is missing. */
class CudaLibrariesTest {
  @Test
  void deviceCudaWithoutDriverSaysWhatToInstall() {
    assumeTrue(
        CudaLibraries.missingDriver().isPresent(), "skipped: this machine has an NVIDIA driver");
    String said = assertThrows(DeviceException.class, () -> Device.open("cuda")).getMessage();
    assertTrue(said.startsWith("device cuda: no NVIDIA driver: "), said);
    assertTrue(said.contains("Install the driver"), said);
    assertEquals(1, said.lines().count());
  }

  @Test
  void aDeviceThatIsNotThereIsCounted() {
    CudaTestDevice.open().close();
    String name = CudaTestDevice.emulated() ? "cuda-emulated" : "cuda";
    String said = assertThrows(DeviceException.class, () -> Device.open(name + ":99")).getMessage();
    assertTrue(
        said.startsWith("device " + name + ":99: there is no such device, the driver shows "),
        said);
  }

  @Test
  void emulationThatWasNotBuiltSaysHowToBuildIt() {
    String property = CudaLibraries.EMULATION_DIRECTORY;
    String before = System.getProperty(property);
    System.setProperty(property, "no/such/folder");
    try {
      String said =
          assertThrows(DeviceException.class, () -> Device.open("cuda-emulated")).getMessage();
      assertTrue(said.contains("libcuda.so.1 does not exist"), said);
      assertTrue(said.contains("g++"), said);
    } finally {
      if (before == null) {
        System.clearProperty(property);
      } else {
        System.setProperty(property, before);
      }
    }
  }

  @Test
  void theDoctorIsFoundAndNeverFails() {
    DeviceReport doctor =
        ServiceLoader.load(DeviceReport.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(r -> r.kind().equals("cuda"))
            .findFirst()
            .orElseThrow();
    List<String> lines = doctor.lines();
    assertTrue(lines.stream().anyMatch(l -> l.startsWith("driver: ")), lines.toString());
    assertTrue(lines.stream().anyMatch(l -> l.startsWith("kernels: ")), lines.toString());
    assertTrue(lines.stream().anyMatch(l -> l.startsWith("cuDNN: ")), lines.toString());
    assertTrue(lines.stream().anyMatch(l -> l.startsWith("cuBLAS: ")), lines.toString());
    assertTrue(lines.stream().anyMatch(l -> l.startsWith("convolutions: exact")), lines.toString());
    assertTrue(lines.stream().anyMatch(l -> l.startsWith("emulation: ")), lines.toString());
    assertFalse(lines.stream().anyMatch(l -> l.contains("\n")), lines.toString());
  }
}
