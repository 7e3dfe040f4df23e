package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.shape.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where only cuBLAS 13 is installed, {@code benchmarks/gpu/cublas12.c} answers as cuBLAS 12: here
 * it hands a product on to the emulation's stand-in, linked as {@code libcublas.so.13}.
 */
class CublasForwarderTest {
  @TempDir Path folder;

  /** The product that the other process computes. */
  static final class Product {
    private Product() {}

    public static void main(String[] arguments) {
      try (Device device = Device.open("cuda-emulated")) {
        Tensor a = device.of(Shape.of(2, 2), new float[] {1, 2, 3, 4});
        MatMul op = new MatMul(false, false, false, false);
        System.out.println(Arrays.toString(device.dispatch(op, List.of(a, a)).get(0).toFloats()));
      }
    }
  }

  private Path run(ProcessBuilder builder) throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "output", ".txt");
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      process.destroyForcibly();
    }
    assertEquals(0, process.waitFor(), () -> builder.command() + ": " + text(output));
    return output;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  private void compile(String... command) throws IOException, InterruptedException {
    run(new ProcessBuilder(command));
  }

  /** A copy of the emulation in which cuBLAS is of version 13 and the forwarder answers for 12. */
  private void assemble(Path emulation, Path sources) throws IOException, InterruptedException {
    for (String file : List.of("libcuda.so.1", "libcudnn.so.9", CudaLibraries.EMULATED_KERNELS)) {
      Files.createSymbolicLink(folder.resolve(file), emulation.resolve(file));
    }
    Path versions = sources.resolve("cublas12.map");
    Path newer = folder.resolve("cublas13.map");
    Files.writeString(newer, Files.readString(versions).replace("so.12", "so.13"));
    compile(
        "g++",
        "-shared",
        "-Wl,-soname,libcublas.so.13",
        "-Wl,--version-script=" + newer,
        "-o",
        folder.resolve("libcublas.so.13").toString(),
        emulation.resolve("objects/library.library_support.o").toString(),
        emulation.resolve("objects/library.cublas.o").toString(),
        emulation.resolve("libcuda.so.1").toString());
    compile(
        "g++",
        "-x",
        "c",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-shared",
        "-fPIC",
        "-O2",
        "-Wl,-soname,libcublas.so.12",
        "-Wl,--version-script=" + versions,
        "-o",
        folder.resolve("libcublas.so.12").toString(),
        sources.resolve("cublas12.c").toString(),
        "-ldl");
  }

  @Test
  void aProductReachesTheNewerLibrary() throws IOException, InterruptedException {
    Path emulation = CudaLibraries.emulationDirectory(DeviceOptions.fromSystemProperties());
    Path sources = Path.of("../benchmarks/gpu").toAbsolutePath();
    assumeTrue(CudaTestDevice.emulated(), "skipped: this is about the emulation");
    CudaTestDevice.open().close();
    assumeTrue(
        Files.exists(emulation.resolve("objects")) && Files.exists(sources.resolve("cublas12.c")),
        "skipped: the sources are not here");
    assemble(emulation, sources);
    ProcessBuilder java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dcuda.emulation.dir=" + folder,
            "-cp",
            System.getProperty("java.class.path"),
            Product.class.getName());
    java.environment().put("CUBLAS13", folder.resolve("libcublas.so.13").toString());
    List<String> lines = Files.readAllLines(run(java));
    assertEquals("[7.0, 10.0, 15.0, 22.0]", lines.get(lines.size() - 1));
  }
}
