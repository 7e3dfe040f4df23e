package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a tree of its own, with stand-ins for java and mvn that tell how they ran. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a POSIX shell script")
class LauncherTest {
  @TempDir private Path temp;

  private Path root;
  private Path bin;
  private Path jar;

  @BeforeEach
  void makeTree() throws IOException {
    root = Files.createDirectories(temp.resolve("a tree"));
    Path launcher = launcherOfThisTree();
    Files.copy(launcher, root.resolve("maskrcnn"));
    Files.setPosixFilePermissions(
        root.resolve("maskrcnn"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(root.resolve("pom.xml"), "");
    for (String module : List.of("tensor", "autograd", "nn", "detection", "cli")) {
      Files.createDirectories(root.resolve(module).resolve("src/main/java"));
      Files.writeString(root.resolve(module).resolve("pom.xml"), "");
    }
    jar = root.resolve("cli/target/maskrcnn-cli.jar");
    bin = Files.createDirectories(temp.resolve("bin"));
    script("java", "17.0.15");
    Files.writeString(
        bin.resolve("mvn"),
        "#!/bin/sh\n"
            + "echo \"mvn $*\"\n"
            + "mkdir -p cli/target\n"
            + "echo new > cli/target/maskrcnn-cli.jar\n");
    executable(bin.resolve("mvn"));
  }

  private static Path launcherOfThisTree() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isRegularFile(folder.resolve("maskrcnn"))) {
      folder = folder.getParent();
    }
    return folder.resolve("maskrcnn");
  }

  private void script(String name, String version) throws IOException {
    Files.writeString(
        bin.resolve(name),
        """
        #!/bin/sh
        if [ "$1" = -version ]; then echo 'openjdk version "%s" 2025-04-15' >&2; exit; fi
        echo "java $OMP_WAIT_POLICY"
        for word; do echo "[$word]"; done
        exit 7
        """
            .formatted(version));
    executable(bin.resolve(name));
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private record Result(int code, String output) {}

  private Result run(Path launcher, Map<String, String> environment, String... words)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(launcher.toString());
    builder.command().addAll(List.of(words));
    builder.directory(temp.toFile()).redirectErrorStream(true);
    builder.environment().keySet().removeAll(List.of("JAVA_HOME", "JAVA_OPTS", "OMP_WAIT_POLICY"));
    builder.environment().put("PATH", bin + ":/usr/bin:/bin");
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }

  private void fresh() throws IOException {
    Files.createDirectories(jar.getParent());
    Files.writeString(jar, "old");
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plusSeconds(60)));
  }

  @Test
  void buildsAMissingJarAndPassesEverythingOn() throws Exception {
    Result result =
        run(root.resolve("maskrcnn"), Map.of("JAVA_OPTS", "-Xmx1g -Da=b"), "train", "two words");
    assertEquals(7, result.code, result.output);
    assertTrue(result.output.contains("mvn -q -B -DskipTests"), result.output);
    assertTrue(
        result.output.endsWith(
            "java passive\n[-Xmx1g]\n[-Da=b]\n[-jar]\n[%s]\n[train]\n[two words]\n".formatted(jar)),
        result.output);
  }

  @Test
  void leavesAFreshJarAlone() throws Exception {
    fresh();
    Result result = run(root.resolve("maskrcnn"), Map.of("OMP_WAIT_POLICY", "active"), "eval");
    assertEquals("java active\n[-jar]\n[%s]\n[eval]\n".formatted(jar), result.output);
  }

  @Test
  void buildsAgainAfterAChange() throws Exception {
    fresh();
    Path source = Files.writeString(root.resolve("nn/src/main/java/X.java"), "");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(120)));
    Result result = run(root.resolve("maskrcnn"), Map.of(), "eval");
    assertTrue(result.output.contains("mvn -q"), result.output);
    assertEquals("new\n", Files.readString(jar));
  }

  @Test
  void worksThroughLinks() throws Exception {
    fresh();
    Path near = Files.createSymbolicLink(root.resolve("near"), Path.of("maskrcnn"));
    Path far = Files.createSymbolicLink(temp.resolve("far"), near);
    Result result = run(far, Map.of(), "eval");
    assertEquals(7, result.code, result.output);
    assertTrue(result.output.contains("[" + jar + "]"), result.output);
  }

  @Test
  void saysWhatIsMissing() throws Exception {
    fresh();
    script("java", "1.8.0_402");
    Result result = run(root.resolve("maskrcnn"), Map.of(), "eval");
    assertEquals(1, result.code);
    assertTrue(result.output.contains("java is too old"), result.output);
    script("java", "21");
    assertEquals(7, run(root.resolve("maskrcnn"), Map.of(), "eval").code);
    result = run(root.resolve("maskrcnn"), Map.of("JAVA_HOME", temp + "/no"), "eval");
    assertEquals(1, result.code);
    assertTrue(result.output.contains("JAVA_HOME"), result.output);
    Files.writeString(bin.resolve("mvn"), "#!/bin/sh\necho broken\nexit 1\n");
    Files.delete(jar);
    result = run(root.resolve("maskrcnn"), Map.of(), "eval");
    assertEquals(1, result.code);
    assertTrue(result.output.contains("the build failed"), result.output);
  }
}
