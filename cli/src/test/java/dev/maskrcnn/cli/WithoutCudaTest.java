package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a machine without an NVIDIA driver, as most that build this are. */
class WithoutCudaTest {
  private final Cli cli = new Cli();

  @TempDir private Path temp;

  @BeforeEach
  void lookForADriver() {
    assertEquals(0, cli.run("doctor"), cli::err);
    assumeTrue(cli.out().contains("driver: missing"), "skipped: this machine has an NVIDIA driver");
  }

  @Test
  void theDoctorSaysWhatIsMissingAndHowToGetIt() {
    String said = cli.out();
    assertTrue(said.contains("\ncuda\n  driver: missing, libcuda.so.1 "), said);
    assertTrue(said.contains("Install the driver, mount it into the container"), said);
    for (String line : List.of("  kernels: ", "  cuDNN: ", "  cuBLAS: ", "  emulation: ")) {
      assertTrue(said.contains("\n" + line), said);
    }
    assertEquals("", cli.err());
  }

  @Test
  void trainingOnCudaIsOneLineAndLoadsNothing() throws IOException {
    assertEquals(
        1, cli.runForReal("train", "--device", "cuda", "--output-dir", temp.toString()), cli::out);
    cli.assertOneErrorLine(
        List.of("device cuda: no NVIDIA driver: libcuda.so.1", "Install the driver"));
    assertEquals(1, cli.runForReal("train", "--device", "cuda:3", "--output-dir", temp + "/b"));
    cli.assertOneErrorLine(List.of("no NVIDIA driver"));
    Path maps = Path.of("/proc/self/maps");
    assumeTrue(Files.isReadable(maps), "skipped: this system does not list what is loaded");
    try (Stream<String> loaded = Files.lines(maps)) {
      assertFalse(
          loaded.anyMatch(line -> line.matches("(?i).*(jcuda|jcublas|jcudnn|libcuda).*\\.so.*")),
          "a native library of CUDA was loaded");
    }
  }
}
