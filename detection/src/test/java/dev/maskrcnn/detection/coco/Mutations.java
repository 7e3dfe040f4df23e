package dev.maskrcnn.detection.coco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Damaged files for tests of readers: bytes changed, lost, doubled, cut, or in place of others. */
public final class Mutations {
  /** How many damaged files each reader sees. */
  public static final int COUNT = 10_000;

  private static final byte[][] PIECES = {
    "99999999999999999999".getBytes(StandardCharsets.US_ASCII),
    "-1".getBytes(StandardCharsets.US_ASCII),
    "1e308".getBytes(StandardCharsets.US_ASCII),
    "NaN".getBytes(StandardCharsets.US_ASCII),
    "null".getBytes(StandardCharsets.US_ASCII),
    "[[[[[[[[[[[[[[[[".getBytes(StandardCharsets.US_ASCII),
    "{\"a\":".getBytes(StandardCharsets.US_ASCII),
    "<a><b><c>".getBytes(StandardCharsets.US_ASCII),
    "<!DOCTYPE x [<!ENTITY a \"aaaa\">]>".getBytes(StandardCharsets.US_ASCII),
    {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff},
    {0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff},
    {0, 0, 0, 0},
    {(byte) 0xff, (byte) 0xc0}
  };

  /** What stands in place of a value, in files that are still JSON. */
  private static final List<String> HOSTILE =
      List.of(
          "0",
          "-1",
          "0.5",
          "1e-300",
          "1e9",
          "1e15",
          "1e308",
          "-1e308",
          "2147483647",
          "-2147483648",
          "46341",
          "99999999999999999999",
          "null",
          "true",
          "\"\"",
          "[]",
          "{}",
          "[[[[]]]]",
          "\"../../../x\"",
          "\"\\u0000\"",
          "\"circle\"",
          "\"NaN\"");

  private static final Pattern VALUE =
      Pattern.compile("\"[^\"]*\"(\\s*:)?|-?\\d+(\\.\\d+)?|null|true|false");

  private Mutations() {}

  /**
   * Feeds damaged files to a reader; what it throws must be its own and of one line.
   *
   * @param originals sound files, taken in turns
   * @param own the exception that the reader promises
   */
  public static void feed(
      List<byte[]> originals, Class<? extends Exception> own, Consumer<byte[]> reader) {
    long start = System.nanoTime();
    long refused =
        IntStream.range(0, COUNT)
            .parallel()
            .filter(i -> refuses(damaged(originals.get(i % originals.size()), i), own, reader, i))
            .count();
    System.out.printf(
        Locale.ROOT,
        "fuzz: %d of %d damaged files refused by %s in %.1f s%n",
        refused,
        COUNT,
        own.getSimpleName(),
        (System.nanoTime() - start) / 1e9);
  }

  /**
   * The same with files of JSON that stay JSON: one to three of their values are replaced.
   *
   * @param original a sound file
   */
  public static void feedValues(
      String original, Class<? extends Exception> own, Consumer<byte[]> reader) {
    long refused =
        IntStream.range(0, COUNT)
            .parallel()
            .filter(i -> refuses(replaced(original, i), own, reader, i))
            .count();
    assertTrue(refused < COUNT, "all files are refused: the reader is not tested");
    System.out.printf("fuzz: %s of %s files with other values refused%n", refused, COUNT);
  }

  /** The file with one to three of its values replaced. */
  private static byte[] replaced(String original, int seed) {
    Random random = new Random(seed);
    String out = original;
    for (int k = random.nextInt(3); k >= 0; k--) {
      List<MatchResult> values =
          VALUE.matcher(out).results().filter(m -> !m.group().endsWith(":")).toList();
      MatchResult at = values.get(random.nextInt(values.size()));
      String other = HOSTILE.get(random.nextInt(HOSTILE.size()));
      out = out.substring(0, at.start()) + other + out.substring(at.end());
    }
    return out.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean refuses(
      byte[] file, Class<? extends Exception> own, Consumer<byte[]> reader, int seed) {
    try {
      reader.accept(file);
      return false;
    } catch (Exception | StackOverflowError e) {
      if (!own.isInstance(e)) {
        throw new AssertionError(
            "seed " + seed + ": " + new String(file, StandardCharsets.ISO_8859_1), e);
      }
      assertEquals(1, e.getMessage().lines().count(), () -> "seed " + seed + ": " + e.getMessage());
      return true;
    }
  }

  private static byte[] damaged(byte[] original, int seed) {
    Random random = new Random(seed);
    byte[] out = original.clone();
    int times = 1 + random.nextInt(4);
    for (int i = 0; i < times && out.length > 0; i++) {
      int at = random.nextInt(out.length);
      switch (random.nextInt(6)) {
        case 0 -> out[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> out[at] = (byte) random.nextInt(256);
        case 2 -> out = Arrays.copyOf(out, at);
        case 3 ->
            out = spliced(out, at, new byte[0], Math.min(random.nextInt(16), out.length - at));
        case 4 -> {
          byte[] piece = PIECES[random.nextInt(PIECES.length)];
          out =
              spliced(out, at, piece, Math.min(piece.length * random.nextInt(2), out.length - at));
        }
        default -> {
          int length = Math.min(1 + random.nextInt(32), out.length - at);
          out = spliced(out, at, Arrays.copyOfRange(out, at, at + length), 0);
        }
      }
    }
    return out;
  }

  private static byte[] spliced(byte[] from, int at, byte[] piece, int lost) {
    byte[] out = new byte[from.length + piece.length - lost];
    System.arraycopy(from, 0, out, 0, at);
    System.arraycopy(piece, 0, out, at, piece.length);
    System.arraycopy(from, at + lost, out, at + piece.length, from.length - at - lost);
    return out;
  }
}
