package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that the build runs, without compilers and with one that only tells how it ran. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the scripts are bash")
class BuildScriptsTest {
  private static final long LIMIT_MINUTES = 2;

  /** Knows 7.0 to 10.0; "compiles" by copying; a file named in FAIL has a warning. */
  private static final String COMPILER =
      """
      #!/bin/bash
      if [ "$1" = --list-gpu-arch ]; then printf 'compute_%s\\n' 70 75 80 90 100; exit; fi
      if [ "$1" = --version ]; then echo 'Cuda compilation tools, release 12.8, V12.8.61'; exit; fi
      source=${!#}
      while [ $# -gt 0 ]; do if [ "$1" = -o ]; then out=$2; fi; shift; done
      echo "$source" >>"$CALLS"
      if [ "$(basename "$source")" = "$FAIL" ]; then echo 'warning #177-D: unused'; exit 1; fi
      echo "ptxas info    : Compiling entry function 'kernel_of_$(basename "$source" .cu)' for"
      cp "$source" "$out"
      """;

  @TempDir private Path temp;

  private record Result(int code, String output) {}

  private Result run(Map<String, String> environment, String script, Path... arguments)
      throws IOException, InterruptedException {
    Path module =
        Files.isDirectory(Path.of("src/main/cuda")) ? Path.of("") : Path.of("cuda-kernels");
    List<String> command =
        Stream.concat(
                Stream.of("bash", module.resolve(script).toString()),
                Stream.of(arguments).map(Path::toString))
            .toList();
    Path output = Files.createTempFile(temp, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().remove("CUDA_ARCHITECTURES");
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertTrue(process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES), () -> command + " does not end");
    return new Result(process.exitValue(), Files.readString(output));
  }

  private Map<String, String> compiler(String failing) throws IOException {
    Path nvcc = temp.resolve("nvcc");
    Files.writeString(nvcc, COMPILER);
    Files.setPosixFilePermissions(nvcc, PosixFilePermissions.fromString("rwxr-xr-x"));
    Map<String, String> environment = new TreeMap<>();
    environment.put("NVCC", nvcc.toString());
    environment.put("CALLS", temp.resolve("calls").toString());
    environment.put("FAIL", failing);
    return environment;
  }

  private long calls() throws IOException {
    Path calls = temp.resolve("calls");
    return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
  }

  @Test
  void withoutNvccTheBuildGoesOnAndSaysSo() throws IOException, InterruptedException {
    Path out = Files.createDirectories(temp.resolve("out"));
    Path stale = Files.writeString(out.resolve("nms.fatbin"), "of an earlier build");
    Path index = Files.writeString(out.resolve("kernels.properties"), "");
    Result r =
        run(Map.of("NVCC", "no-such-nvcc"), "src/main/cuda/build.sh", out, temp.resolve("work"));
    assertEquals(0, r.code, r.output);
    assertTrue(r.output.contains("so the jar has no CUDA kernels"), r.output);
    assertFalse(Files.exists(stale) || Files.exists(index), "stale kernels are still there");
  }

  @Test
  void withoutACompilerThereIsNoEmulation() throws IOException, InterruptedException {
    Path out = Files.createDirectories(temp.resolve("emulation"));
    Path stale = Files.writeString(out.resolve("libcuda.so.1"), "of an earlier build");
    Result r = run(Map.of("CXX", "no-such-g++"), "src/main/emulation/build.sh", out);
    assertEquals(0, r.code, r.output);
    assertTrue(r.output.contains("so there is no emulated CUDA device to test with"), r.output);
    assertFalse(Files.exists(stale), "a stale stand-in is still there");
  }

  @Test
  void whatIsUnchangedIsNotCompiledAgain() throws IOException, InterruptedException {
    Map<String, String> environment = compiler("");
    Path out = temp.resolve("out");
    Path work = temp.resolve("work");
    Result first = run(environment, "src/main/cuda/build.sh", out, work);
    assertEquals(0, first.code, first.output);
    assertTrue(first.output.contains("for sm_75 80 90 100 and PTX 100 by nvcc 12.8"), first.output);
    long files = calls();
    assertTrue(files > 20, "only " + files + " files were compiled");
    Result second = run(environment, "src/main/cuda/build.sh", out, work);
    assertEquals(0, second.code, second.output);
    assertEquals(files, calls(), "the same files were compiled again");
    String index = Files.readString(out.resolve("kernels.properties"));
    assertTrue(index.contains("module.nms.fatbin=kernel_of_nms\n"), index);
    environment.put("CUDA_ARCHITECTURES", "90");
    assertEquals(0, run(environment, "src/main/cuda/build.sh", out, work).code);
    assertEquals(2 * files, calls(), "other architectures need other binaries");
  }

  @Test
  void aWarningFailsTheBuildAndNamesTheFile() throws IOException, InterruptedException {
    Result r =
        run(compiler("nms.cu"), "src/main/cuda/build.sh", temp.resolve("o"), temp.resolve("w"));
    assertEquals(1, r.code, r.output);
    assertTrue(r.output.contains("warning #177-D"), r.output);
    assertTrue(r.output.contains("nms.cu does not compile"), r.output);
  }
}
