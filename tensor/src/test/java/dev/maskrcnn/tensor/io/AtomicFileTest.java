package dev.maskrcnn.tensor.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  private static AtomicFile.Body text(String text) {
    return channel -> channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void writesAndReplaces() throws IOException {
    Path target = folder.resolve("a");
    AtomicFile.write(target, text("one"));
    assertEquals("one", Files.readString(target));
    AtomicFile.write(target, text("two"));
    assertEquals("two", Files.readString(target));
    assertEquals(List.of("a"), files());
  }

  @Test
  void writesTextsAndStreams() throws IOException {
    AtomicFile.writeText(folder.resolve("t"), "grün\n");
    assertArrayEquals(
        new byte[] {'g', 'r', (byte) 0xc3, (byte) 0xbc, 'n', '\n'},
        Files.readAllBytes(folder.resolve("t")));
    byte[] large = new byte[1_000_003];
    Arrays.fill(large, (byte) 7);
    AtomicFile.writeStream(
        folder.resolve("s"),
        out -> {
          out.write(1);
          out.write(large);
        });
    byte[] read = Files.readAllBytes(folder.resolve("s"));
    assertEquals(large.length + 1, read.length);
    assertEquals(1, read[0]);
    assertEquals(7, read[large.length]);
  }

  @Test
  void fullDiskLeavesTheOldFile() throws IOException {
    Path target = folder.resolve("a");
    AtomicFile.write(target, text("one"));
    TensorFileException e =
        assertThrows(
            TensorFileException.class,
            () ->
                AtomicFile.write(
                    target,
                    channel -> {
                      channel.write(ByteBuffer.wrap(new byte[100]));
                      throw new IOException("No space left on device");
                    }));
    assertEquals(target + ": cannot write, No space left on device", e.getMessage());
    assertEquals("one", Files.readString(target));
    assertEquals(List.of("a"), files());
  }

  @Test
  void exceptionOfTheBodyPassesAndLeavesNothing() throws IOException {
    assertThrows(
        IllegalStateException.class,
        () ->
            AtomicFile.write(
                folder.resolve("a"),
                channel -> {
                  throw new IllegalStateException("device lost");
                }));
    assertEquals(List.of(), files());
  }

  @Test
  void makesMissingFolders() throws IOException {
    AtomicFile.write(folder.resolve("none/at/all"), text("x"));
    assertEquals("x", Files.readString(folder.resolve("none/at/all")));
  }

  @Test
  void namesFileInPlaceOfFolderAndFolderAsTarget() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "x");
    String message =
        assertThrows(
                TensorFileException.class, () -> AtomicFile.write(file.resolve("a"), text("x")))
            .getMessage();
    assertEquals(
        file.resolve("a") + ": cannot write, " + file + " exists already and is a file", message);
    message =
        assertThrows(TensorFileException.class, () -> AtomicFile.write(folder, text("x")))
            .getMessage();
    assertEquals(folder + ": cannot write, this is a folder", message);
  }

  @Test
  void oldReadersKeepTheirData() {
    Path target = folder.resolve("t.safetensors");
    Safetensors.write(target, Map.of("t", HostTensor.of(new int[] {1, 2}, 2)), Map.of());
    HostTensor old = Safetensors.read(target).tensor("t");
    Safetensors.write(target, Map.of("t", HostTensor.of(new int[] {3}, 1)), Map.of());
    assertEquals(HostTensor.of(new int[] {1, 2}, 2), old);
  }
}
