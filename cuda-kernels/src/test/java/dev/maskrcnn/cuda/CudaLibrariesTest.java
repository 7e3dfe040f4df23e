package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.DeviceSetting;
import dev.maskrcnn.tensor.spi.DeviceReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import jcuda.LibUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    DeviceOptions options =
        DeviceOptions.none().with(DeviceSetting.CUDA_EMULATION_FOLDER, "no/such/folder");
    String said =
        assertThrows(DeviceException.class, () -> Device.open("cuda-emulated", options))
            .getMessage();
    assertTrue(said.contains("libcuda.so.1 does not exist"), said);
    assertTrue(said.contains("g++"), said);
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

  /** A program that opens the device, for a folder of temporary files of the test's choice. */
  static final class Opening {
    public static void main(String[] args) {
      CudaTestDevice.open().close();
      System.out.println("opened");
    }
  }

  /** JCuda's loader runs what it finds there, and crashes where that is half a library. */
  @Test
  void aPlantedLibraryIsNotLoaded(@TempDir Path folder) throws IOException, InterruptedException {
    CudaTestDevice.open().close();
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    String library =
        System.mapLibraryName(LibUtils.createPlatformLibraryName("JCudaDriver-12.6.0"));
    Files.writeString(temporary.resolve(library), "not a library");
    Path output = folder.resolve("output.txt");
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-Dcuda.device=" + CudaTestDevice.name(),
                "-cp",
                System.getProperty("java.class.path"),
                Opening.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertEquals(0, java.waitFor(), () -> read(output));
    assertTrue(read(output).contains("opened"), read(output));
    assertEquals("not a library", Files.readString(temporary.resolve(library)));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
