package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs every script of {@code docs/lessons} in a JShell of its own and compares what it prints with
 * what it says that it prints.
 */
class LessonsTest {
  private static final Path LESSONS = Path.of("../docs/lessons");
  private static final Path EMULATION = Path.of("../cuda-kernels/target/emulation/libcuda.so.1");

  static List<Path> lessons() throws IOException {
    try (Stream<Path> files = Files.list(LESSONS)) {
      return files.filter(f -> f.toString().endsWith(".jsh")).sorted().toList();
    }
  }

  @Test
  void thereAreTen() throws IOException {
    assertEquals(10, lessons().size());
    String index = Files.readString(LESSONS.resolve("README.md"));
    for (Path lesson : lessons()) {
      assertTrue(index.contains("(" + lesson.getFileName() + ")"), lesson + " is not in README.md");
    }
  }

  @ParameterizedTest
  @MethodSource("lessons")
  void printsWhatItSays(Path lesson, @TempDir Path folder) throws Exception {
    String script = Files.readString(lesson);
    assumeTrue(
        !script.contains("Device.open(\"cuda-emulated\")") || Files.exists(EMULATION),
        "SKIPPED: " + lesson + " needs the emulated CUDA device, which is built where g++ is");
    List<String> printed = run(lesson, folder);
    List<String> expected = new ArrayList<>();
    for (String line : script.lines().map(String::strip).toList()) {
      if (line.startsWith("//>") || line.startsWith("//~")) {
        boolean varies = line.startsWith("//~");
        int at = expected.size();
        assertTrue(at < printed.size(), () -> lesson + " printed only " + printed);
        expected.add(varies ? printed.get(at) : line.substring(3).strip());
      }
    }
    assertEquals(String.join("\n", expected), String.join("\n", printed), lesson.toString());
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> pictures = files.filter(f -> f.toString().endsWith(".png")).toList();
      assertFalse(pictures.isEmpty(), lesson + " drew no picture");
      for (Path picture : pictures) {
        assertTrue(colors(picture) > 2, picture + " is blank");
      }
    }
  }

  /** What the lesson prints before JShell greets. */
  private static List<String> run(Path lesson, Path folder) throws Exception {
    String jshell = Path.of(System.getProperty("java.home"), "bin", "jshell").toString();
    List<String> command = new ArrayList<>(List.of(jshell, "--class-path", classPath()));
    command.addAll(List.of("-R-Xmx1g", "-R-Djava.awt.headless=true"));
    command.add("-R-Dcuda.emulation.dir=" + EMULATION.getParent().toAbsolutePath().normalize());
    command.add("-R-Dlesson.iterations=2");
    command.add(lesson.toAbsolutePath().normalize().toString());
    Path output = folder.resolve("printed.txt");
    Path exit = Files.writeString(folder.resolve("exit.txt"), "/exit\n");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    // Preferences of whoever runs the tests do not matter.
    builder.environment().put("JDK_JAVA_OPTIONS", "-Djava.util.prefs.userRoot=" + folder);
    Process process =
        builder
            .redirectErrorStream(true)
            .redirectInput(exit.toFile())
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(240, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    List<String> lines = new ArrayList<>();
    for (String line : readWithoutWarnings(output).lines().toList()) {
      if (line.startsWith("|  Welcome to JShell")) {
        break;
      }
      boolean noise = line.startsWith("NOTE: Picked up") || line.contains("java.util.prefs.");
      if (!noise && !line.startsWith("INFO: Created user preferences")) {
        lines.add(line.strip());
      }
    }
    return lines;
  }

  /** What was printed, without what JDK 24 and later say of a class path with native code. */
  static String readWithoutWarnings(Path output) throws IOException {
    return Files.readString(output, StandardCharsets.UTF_8)
        .replaceFirst("(?m)^(WARNING: .*\\R)+\\R", "");
  }

  static String classPath() {
    String all = System.getProperty("surefire.test.class.path");
    return all != null
        ? all
        : System.getProperty("java.class.path").replace("::", File.pathSeparator);
  }

  private static long colors(Path picture) throws IOException {
    BufferedImage image = ImageIO.read(picture.toFile());
    int[] rgb = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    return java.util.Arrays.stream(rgb).distinct().limit(10).count();
  }
}
