package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.engine.RunLock;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two runs that nobody gave a folder do not meet. */
class OutputFolderTest {
  @TempDir private Path temp;

  @Test
  void defaultFoldersOfTwoRunsDiffer() {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8);
    Console console = new Console(err, err);
    Path usual = temp.resolve("shapes");
    assertEquals(usual, OutputFolder.free(usual, console));
    try (RunLock first = RunLock.take(usual);
        RunLock second = RunLock.take(temp.resolve("shapes-2"))) {
      assertEquals(temp.resolve("shapes-3"), OutputFolder.free(usual, console));
    }
    String note = said.toString(StandardCharsets.UTF_8);
    assertTrue(note.contains("another run is writing into " + usual), note);
    assertEquals(usual, OutputFolder.free(usual, console));
  }
}
