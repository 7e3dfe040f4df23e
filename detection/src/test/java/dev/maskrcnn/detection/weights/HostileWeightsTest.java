package dev.maskrcnn.detection.weights;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files made to take endless time, memory or depth: each is refused in one line, soon. */
class HostileWeightsTest {
  private static final String START = "\u0080\u0002";

  @TempDir Path folder;

  private Path file(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  private Path pickle(String codes) throws IOException {
    return file("x.pkl", codes.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** An archive as torch.save writes it, compressed. */
  private Path archive(String pickle, long zeros) throws IOException {
    Path file = folder.resolve("x.pth");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("a/data.pkl"));
      zip.write(pickle.getBytes(StandardCharsets.ISO_8859_1));
      zip.closeEntry();
      zip.putNextEntry(new ZipEntry("a/data/0"));
      byte[] block = new byte[1 << 20];
      for (long i = 0; i < zeros; i += block.length) {
        zip.write(block, 0, (int) Math.min(block.length, zeros - i));
      }
      zip.closeEntry();
    }
    return file;
  }

  private static String refused(Path file) {
    CheckpointException e =
        assertTimeoutPreemptively(
            Duration.ofSeconds(5),
            () ->
                assertThrows(
                    CheckpointException.class, () -> WeightFile.read(file).unwrapped().size()));
    assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
    assertTrue(e.getMessage().length() < 1000, e.getMessage());
    return e.getMessage();
  }

  /** Values that contain the one before twice: 2^40 leaves. */
  private static String doubled(String open, String first, String second, String close) {
    StringBuilder out = new StringBuilder();
    for (int i = 1; i < 40; i++) {
      out.append(open).append("q").append((char) i).append(close.isEmpty() ? "" : "(");
      out.append(first).append("h").append((char) (i - 1));
      out.append(second).append("h").append((char) (i - 1)).append(close);
    }
    return out.toString();
  }

  private static String text(String s) {
    return "X" + (char) s.length() + "\0\0\0" + s;
  }

  private static String int4(int n) {
    byte[] bytes = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(n).array();
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Test
  void sharedLists() throws IOException {
    String lists = START + "]q\0" + doubled("]", "", "", "e");
    refused(pickle(lists + "."));
    refused(archive(lists + ".", 0));
    String array = "cnumpy.core.multiarray\n_reconstruct\n)R(K\u0001K\u0001\u0085cnumpy\ndtype\n";
    String type = array + "h'\u0085R(K\u0003tb\u0089C\0tb";
    String message = refused(pickle(lists + "}" + text("a") + type + "s."));
    assertTrue(message.contains("numpy type ?"), message);
  }

  @Test
  void sharedDicts() throws IOException {
    String dicts = START + "}q\0" + doubled("}", text("model"), text("b"), "u");
    refused(pickle(dicts + "."));
    refused(archive(dicts + ".", 0));
  }

  @Test
  void listsInThemselves() throws IOException {
    refused(pickle(START + "]q\0]q\u0001h\0aa."));
    refused(pickle(START + "]q\0h\0a."));
    refused(pickle(START + "}q\0" + text("model") + "h\0s."));
    refused(archive(START + "}q\0" + text("model") + "h\0s.", 0));
  }

  @Test
  void deepTuples() throws IOException {
    refused(pickle(START + "N" + "\u0085".repeat(500_000) + "."));
    refused(archive(START + "N" + "\u0085".repeat(500_000) + ".", 0));
    refused(pickle(START + "(".repeat(500_000)));
    refused(
        pickle(START + ("}" + text("model")).repeat(100_000) + "N" + "s".repeat(100_000) + "."));
  }

  @Test
  void longIntegers() throws IOException {
    refused(pickle(START + "}" + text("model") + "L" + "9".repeat(3_000_000) + "L\ns."));
    refused(pickle("(dI" + "9".repeat(3_000_000) + "\nNs."));
    refused(pickle(START + "\u008b" + int4(3_000_000) + "\u0001".repeat(3_000_000) + "."));
  }

  @Test
  void announcedLengths() throws IOException {
    for (String code : new String[] {"X", "T", "B", "\u008b"}) {
      refused(pickle(START + code + int4(Integer.MAX_VALUE) + "."));
      refused(pickle(START + code + int4(-1) + "."));
    }
    refused(pickle(START + "\u008d" + int4(0) + int4(1) + "."));
  }

  @Test
  void manyValues() throws IOException {
    refused(pickle(START + "N0".repeat(8_000_000) + "."));
    refused(pickle(START + "]".repeat(8_000_000) + "."));
    refused(archive(START + "]0".repeat(40_000_000) + ".", 0));
  }

  private static String tensor(String elements, String shape, String strides) {
    String storage = "(" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu");
    return "ctorch._utils\n_rebuild_tensor_v2\n("
        + storage
        + elements
        + "tQK\0"
        + shape
        + strides
        + "\u0089NtR";
  }

  /** A gigabyte of zeros in a megabyte, and a thousand views of a few bytes as 4 GB. */
  @Test
  void dataThatGrows() throws IOException {
    String big = tensor("J" + int4(1 << 28), "J" + int4(1 << 28) + "\u0085", "K\u0001\u0085");
    String message = refused(archive(START + "}" + text("w") + big + "s.", 1L << 30));
    assertTrue(message.contains("larger than the whole file"), message);
    String one = tensor("K\u0001", "J" + int4(1 << 20) + "\u0085", "K\0\u0085");
    StringBuilder views = new StringBuilder(START + "}(");
    for (int i = 0; i < 1000; i++) {
      views.append(text("w" + i)).append(one);
    }
    message = refused(archive(views + "u.", 4));
    assertTrue(message.contains("larger than the file"), message);
    String huge = tensor("K\u0001", "J" + int4(1 << 30) + "K\u007f\u0086", "K\0K\0\u0086");
    message = refused(archive(START + "}" + text("w") + huge + "s.", 4));
    assertTrue(message.contains("has 136365211648 elements"), message);
  }

  @Test
  void filesThatAreNoWeights() throws IOException {
    String pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n";
    assertTrue(
        refused(file("a.pth", pointer.getBytes(StandardCharsets.UTF_8)))
            .contains("Git LFS pointer"));
    String page = "\n<!DOCTYPE html>\n<html><body>Sign in</body></html>";
    assertTrue(
        refused(file("a.safetensors", page.getBytes(StandardCharsets.UTF_8)))
            .contains("HTML page"));
    assertTrue(refused(file("a.pkl", new byte[] {0x1f, (byte) 0x8b, 8, 0, 0})).contains("gzip"));
    assertTrue(refused(folder).contains("is a folder"));
  }

  /** The keys that are there help to find the right one. */
  @Test
  void keysAreListed() throws IOException {
    String message =
        refused(pickle(START + "}(" + text("epoch") + "K\u0001" + text("blob\u001b") + "]u."));
    assertTrue(message.contains("epoch (a number), blob? (a list of 0)"), message);
  }

  @Test
  void pointerOfTheNewestCheckpoint() throws IOException {
    Path pointer = folder.resolve(Checkpoint.LAST);
    byte[] long1 = new byte[50_000_000];
    for (byte[] content :
        new byte[][] {new byte[9], "a\0b".getBytes(StandardCharsets.UTF_8), long1, {(byte) 0xff}}) {
      Files.write(pointer, content);
      CheckpointException e =
          assertThrows(CheckpointException.class, () -> Checkpoint.last(folder));
      assertTrue(e.getMessage().startsWith(pointer + ": "), e.getMessage());
      assertFalse(e.getMessage().matches("(?s).*[\\n\\x00].*"), e.getMessage());
      assertTrue(e.getMessage().length() < 500, e.getMessage());
    }
  }
}
