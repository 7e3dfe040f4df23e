package dev.maskrcnn.tensor.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What killed processes left goes, what a living one writes stays. */
class LeftoversTest {
  @TempDir Path folder;

  /** A process that is no more. */
  private static long dead() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    return process.pid();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.skip(1).map(f -> folder.relativize(f).toString()).sorted().toList();
    }
  }

  @Test
  void onlyWhatDeadProcessesLeftIsRemoved() throws Exception {
    long dead = dead();
    Path below = Files.createDirectories(folder.resolve("inference/val"));
    Files.writeString(folder.resolve(".loss.png.%s-1f0e.tmp".formatted(dead)), "half");
    Files.writeString(below.resolve(".bbox.json.%s-1f0e.tmp".formatted(dead)), "half");
    Path shapes = Files.createDirectories(folder.resolve(".shapes.%s-77.tmp".formatted(dead)));
    Files.writeString(Files.createDirectories(shapes.resolve("train")).resolve("1.png"), "half");
    String former = ".ap.png.c0ffee00-1234-4321-abcd-0123456789ab.tmp";
    Files.writeString(folder.resolve(former), "half");
    Path own = Leftovers.temporary(folder.resolve("loss.png"));
    Files.writeString(own, "being written");
    Files.writeString(folder.resolve("notes.tmp"), "the user's");
    Leftovers.remove(folder, 3);
    assertEquals(
        List.of(own.getFileName().toString(), "inference", "inference/val", "notes.tmp"), names());
  }

  @Test
  void aFormerProcessOfTheSameNumberIsDeadToo() throws IOException {
    Path own = Files.writeString(Leftovers.temporary(folder.resolve("loss.png")), "half");
    assertTrue(own.toFile().setLastModified(1_000_000_000_000L));
    Leftovers.remove(folder, 1);
    assertEquals(List.of(), names());
  }

  @Test
  void aNumberThatIsNoProcessIsNobodysLeftover() throws IOException {
    String odd = ".loss.png.99999999999999999999-1f0e.tmp";
    Files.writeString(folder.resolve(odd), "somebody's");
    Leftovers.remove(folder, 1);
    assertEquals(List.of(odd), names());
  }
}
