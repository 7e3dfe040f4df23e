package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Follows the second half of lesson 4 to the letter in a copy of the sources: makes its edits,
 * compiles, and runs the new op's cases and gradient check in a program of its own.
 */
class NewOpLessonTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path LESSON = ROOT.resolve("docs/lessons/04_a_derivative_and_a_new_op.jsh");
  private static final int MOST_NEW_FILES = 1;
  private static final int MOST_LINES = 5;

  /** A new file if there is no line below which the text goes. */
  private record Edit(String file, String below, List<String> text) {}

  private static List<Edit> edits() throws IOException {
    List<Edit> edits = new ArrayList<>();
    String file = "";
    String below = null;
    List<String> text = null;
    for (String line : Files.readAllLines(LESSON)) {
      if (!line.startsWith("//@ ")) {
        continue;
      }
      String what = line.substring(4);
      if (what.startsWith("+")) {
        text.add(what.length() > 2 ? what.substring(2) : "");
      } else if (what.startsWith("below: ")) {
        below = what.substring(7);
        text = new ArrayList<>();
        edits.add(new Edit(file, below, text));
      } else if (what.startsWith("new: ")) {
        file = what.substring(5);
        text = new ArrayList<>();
        edits.add(new Edit(file, null, text));
      } else {
        file = what;
      }
    }
    return edits;
  }

  @Test
  void isShort() throws IOException {
    long files = edits().stream().filter(e -> e.below == null).count();
    long lines = edits().stream().filter(e -> e.below != null).mapToLong(e -> e.text.size()).sum();
    assertTrue(files <= MOST_NEW_FILES && lines <= MOST_LINES, files + " files, " + lines);
  }

  @Test
  void addsAnOp(@TempDir Path copy) throws Exception {
    for (String module : List.of("tensor", "autograd")) {
      copyTree(ROOT.resolve(module + "/src/main/java"), copy.resolve(module + "/src/main/java"));
    }
    for (Edit edit : edits()) {
      apply(edit, copy);
    }
    Path classes = Files.createDirectories(copy.resolve("classes"));
    compile(copy, classes);
    for (String module : List.of("tensor", "autograd")) {
      copyTree(ROOT.resolve(module + "/target/classes"), classes);
    }
    assertEquals("cases true, gradients true, measured true", run(copy, classes));
  }

  private static void apply(Edit edit, Path copy) throws IOException {
    Path file = copy.resolve(edit.file);
    if (edit.below == null) {
      Files.createDirectories(file.getParent());
      Files.write(file, edit.text);
      return;
    }
    if (!Files.exists(file)) {
      return;
    }
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    int at = 0;
    while (at < lines.size() && !lines.get(at).startsWith(edit.below)) {
      at++;
    }
    assertTrue(at < lines.size(), edit.file + " has no line that starts with: " + edit.below);
    while (!lines.get(at).endsWith(";") && !lines.get(at).endsWith("{}")) {
      at++;
    }
    lines.addAll(at + 1, edit.text);
    Files.write(file, lines);
  }

  private static void compile(Path copy, Path classes) throws IOException {
    Path program = Files.writeString(copy.resolve("TryIt.java"), PROGRAM);
    List<String> arguments = new ArrayList<>(List.of("-proc:none", "-nowarn"));
    arguments.addAll(List.of("-d", classes.toString(), "-cp", LessonsTest.classPath()));
    try (Stream<Path> sources = Files.walk(copy)) {
      sources
          .filter(f -> f.toString().endsWith(".java"))
          .filter(f -> !f.getFileName().toString().equals("module-info.java"))
          .forEach(f -> arguments.add(f.toString()));
    }
    assertTrue(Files.exists(program));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assertNotNull(compiler, "the tests need a JDK");
    assertEquals(0, compiler.run(null, null, null, arguments.toArray(String[]::new)));
  }

  private static String run(Path copy, Path classes) throws Exception {
    Path output = copy.resolve("output.txt");
    String path = classes + System.getProperty("path.separator") + LessonsTest.classPath();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                path,
                "TryIt")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertTrue(process.waitFor(120, TimeUnit.SECONDS));
    return Files.readString(output, StandardCharsets.UTF_8).strip();
  }

  /** Everything that is not there yet, so that compiled classes stay. */
  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (!Files.exists(target)) {
          Files.createDirectories(target.getParent());
          Files.copy(file, target);
        }
      }
    }
  }

  private static final String PROGRAM =
      """
      import dev.maskrcnn.autograd.GradCheck;
      import dev.maskrcnn.tensor.*;
      import dev.maskrcnn.tensor.contract.*;
      import dev.maskrcnn.tensor.op.*;

      public class TryIt {
        public static void main(String[] args) {
          int cases = 0;
          int checked = 0;
          try (Device cpu = Device.cpu(); Device reference = Device.reference()) {
            for (OpCase c : OpCases.all()) {
              if (c.op() instanceof Pointwise.Softplus) {
                CaseError error = CaseError.of(cpu, reference, c);
                if (!error.within(c)) {
                  System.out.println(c + ": " + error);
                }
                cases++;
                if (GradCheck.applies(c)) {
                  GradCheck.check(c, reference);
                  checked++;
                }
              }
            }
          }
          boolean measured =
              OpCases.benchmarks().stream().anyMatch(c -> c.name().equals("Softplus/p2"));
          System.out.printf("cases %b, gradients %b, measured %b%n", cases >= 3, checked >= 3, measured);
        }
      }
      """;
}
