package dev.maskrcnn.tensor.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFailureTest {
  @TempDir Path folder;

  @Test
  void realFailuresInWords() throws IOException {
    Path file = Files.writeString(folder.resolve("f"), "x");
    assertEquals(
        folder.resolve("none") + " does not exist",
        reason(() -> Files.readAllBytes(folder.resolve("none"))));
    assertEquals(
        file + " exists already and is a file", reason(() -> Files.createDirectories(file)));
    assertEquals(file + " is not a folder", reason(() -> list(file)));
    assertEquals(folder + " is not empty", reason(() -> Files.delete(folder)));
    assertEquals("Is a directory", reason(() -> Files.readAllBytes(folder)));
  }

  @Test
  void whatTheSystemSays() {
    assertEquals(
        "a permission denied", FileFailure.reason(new AccessDeniedException("a", null, null)));
    assertEquals(
        "No space left on device",
        FileFailure.reason(new FileSystemException("a", null, "No space left on device")));
    assertEquals("two lines", FileFailure.reason(new IOException("two\n  lines")));
    assertEquals("full", FileFailure.reason(new IOException("no PNG", new IOException("full"))));
    assertEquals("IOException", FileFailure.reason(new IOException()));
  }

  private static void list(Path folder) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      entries.forEach(entry -> {});
    }
  }

  private interface Body {
    void run() throws IOException;
  }

  private static String reason(Body body) {
    return FileFailure.reason(assertThrows(IOException.class, body::run));
  }
}
