package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The emulated device catches what hardware would: kernels with a planted fault each, and sound
 * ones that must pass, run by the C++ program of {@code src/test/cuda} in a process of its own, in
 * three orders of threads. Its lines "ok NAME" and "FAILED NAME: why" become tests.
 */
class PlantedFaultsTest {
  private static final int FEWEST_TESTS = 65;
  private static final long LIMIT_MINUTES = 5;

  @TempDir static Path directory;
  private static Path program;

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    Path module = module();
    Path tests = module.resolve("src/test/cuda");
    if (!hasCompiler()) {
      String reason = "no g++: the emulated CUDA device is not tested. Install g++.";
      System.err.println("SKIPPED: " + reason);
      abort(reason);
    }
    run(
        Map.of(),
        "bash",
        module.resolve("src/main/emulation/build.sh").toString(),
        directory.toString(),
        "libplanted_faults",
        tests.resolve("planted_faults.cu").toString());
    program = directory.resolve("emulation_test");
    List<String> link = new ArrayList<>(List.of("g++", "-std=c++17", "-O1", "-o"));
    link.add(program.toString());
    for (String source : List.of("emulation", "planted_faults", "sound_kernels", "stream_order")) {
      link.add(tests.resolve(source + "_test.cpp").toString());
    }
    link.add(directory.resolve("libcuda.so.1").toString());
    link.add("-Wl,-rpath," + directory);
    run(Map.of(), link.toArray(String[]::new));
  }

  @TestFactory
  Stream<DynamicNode> forward() throws IOException, InterruptedException {
    return tests("forward");
  }

  @TestFactory
  Stream<DynamicNode> reverse() throws IOException, InterruptedException {
    return tests("reverse");
  }

  @TestFactory
  Stream<DynamicNode> random() throws IOException, InterruptedException {
    return tests("random");
  }

  private static Stream<DynamicNode> tests(String schedule)
      throws IOException, InterruptedException {
    Path library = directory.resolve("libplanted_faults.so");
    List<String> lines =
        run(Map.of("EMULATION_SCHEDULE", schedule), program.toString(), library.toString());
    List<DynamicNode> nodes = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("ok ")) {
        nodes.add(dynamicTest(line.substring("ok ".length()), () -> {}));
      } else if (line.startsWith("FAILED ")) {
        nodes.add(dynamicTest(line.substring("FAILED ".length()), () -> fail(line)));
      }
    }
    assertTrue(nodes.size() >= FEWEST_TESTS, () -> "it stopped early: " + lines);
    return nodes.stream();
  }

  /** The lines that a command prints; it must end by itself, with 0 or, of tests, with 1. */
  private static List<String> run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(directory, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      fail("it does not end: " + List.of(command));
    }
    List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
    boolean failures = lines.stream().anyMatch(line -> line.startsWith("FAILED "));
    assertEquals(failures ? 1 : 0, process.exitValue(), () -> String.join("\n", lines));
    return lines;
  }

  private static boolean hasCompiler() throws InterruptedException {
    try {
      return new ProcessBuilder("g++", "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** The module's directory: where Maven runs its tests, or below it. */
  private static Path module() {
    Path here = Path.of("").toAbsolutePath();
    return Files.isDirectory(here.resolve("src/test/cuda")) ? here : here.resolve("cuda-kernels");
  }
}
