package dev.maskrcnn.tensor.io;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files: whatever is wrong, only a {@link TensorFileException} of one line comes out. */
class SafetensorsFuzzTest {
  private static final long SEED = 20240229;
  private static final String[] SPLICES = {
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "-",
    "0",
    "9",
    "e9",
    ".5",
    "null",
    "true",
    "\\u0000",
    "\"a\":",
    "__metadata__",
    "[[[[[[[[",
    "{\"\":{\"\":",
    "99999999999999999999",
    "F64",
    "BOOL"
  };

  @TempDir Path folder;

  private static byte[] mutated(byte[] original, Random random) {
    byte[] out = original.clone();
    int header = 8 + (out[0] & 0xff) + ((out[1] & 0xff) << 8);
    for (int n = 1 + random.nextInt(4); n > 0; n--) {
      int at = random.nextInt(random.nextInt(4) == 0 ? out.length : Math.min(header, out.length));
      switch (random.nextInt(5)) {
        case 0 -> out[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> out[at] = (byte) random.nextInt(256);
        case 2 -> out = Arrays.copyOf(out, Math.max(1, at));
        case 3 -> out = splice(out, at, SPLICES[random.nextInt(SPLICES.length)]);
        default -> out[at] = (byte) ('0' + random.nextInt(10));
      }
    }
    return out;
  }

  private static byte[] splice(byte[] in, int at, String text) {
    byte[] part = text.getBytes(StandardCharsets.UTF_8);
    byte[] out = Arrays.copyOf(in, in.length + part.length);
    System.arraycopy(part, 0, out, at, part.length);
    System.arraycopy(in, at, out, at + part.length, in.length - at);
    if (at >= 8) {
      // Keep the length word true, so that the damage reaches the JSON parser.
      int length = (in[0] & 0xff) + ((in[1] & 0xff) << 8) + part.length;
      out[0] = (byte) length;
      out[1] = (byte) (length >> 8);
    }
    return out;
  }

  @Test
  void damagedBytes() throws IOException {
    byte[] zoo = SafetensorsTest.resource("zoo.safetensors");
    byte[] small =
        SafetensorsTest.file(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[2,2],\"data_offsets\":[0,4]}}", new byte[4]);
    Random random = new Random(SEED);
    int refused = 0;
    for (int i = 0; i < 10_000; i++) {
      byte[] content = mutated(i % 2 == 0 ? zoo : small, random);
      try {
        Safetensors.parse(ByteBuffer.wrap(content), "f").tensors().values().forEach(this::use);
      } catch (TensorFileException e) {
        refused++;
        assertTrue(e.getMessage().startsWith("f: "), e.getMessage());
        assertFalse(e.getMessage().matches("(?s).*\\R.*"), e.getMessage());
      }
    }
    assertTrue(refused > 5_000, "only " + refused + " refused, seed " + SEED);
  }

  private void use(HostTensor tensor) {
    assertTrue(tensor.doubles().length == tensor.elements());
    assertTrue(tensor.floats().length == tensor.elements());
  }

  @Test
  void damagedFiles() throws IOException {
    byte[] zoo = SafetensorsTest.resource("zoo.safetensors");
    Random random = new Random(SEED + 1);
    Path file = folder.resolve("f");
    for (int i = 0; i < 500; i++) {
      Files.deleteIfExists(file);
      Files.write(file, mutated(zoo, random));
      try {
        Safetensors.read(file).tensors().values().forEach(this::use);
      } catch (TensorFileException e) {
        assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
      }
    }
  }

  /** Cut anywhere, a file is refused: no cut leaves a valid one. */
  @Test
  void everyTruncation() throws IOException {
    byte[] zoo = SafetensorsTest.resource("zoo.safetensors");
    for (int length = 0; length < zoo.length; length++) {
      byte[] cut = Arrays.copyOf(zoo, length);
      assertTrue(refuses(cut), "cut at " + length);
    }
    assertTrue(refuses(Arrays.copyOf(zoo, zoo.length + 1)), "one byte too many");
  }

  private static boolean refuses(byte[] content) {
    try {
      SafetensorsTest.parse(content);
      return false;
    } catch (TensorFileException e) {
      return true;
    }
  }
}
