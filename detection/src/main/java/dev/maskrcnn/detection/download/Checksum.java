package dev.maskrcnn.detection.download;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a file's content must hash to.
 *
 * @param algorithm of the hash
 * @param hex the hash in lower-case hexadecimal digits, or the first digits of it, at least 6
 */
public record Checksum(Algorithm algorithm, String hex) {
  /** Kinds of hashes. */
  public enum Algorithm {
    /** 32 digits; what COCO's and Detectron's files are listed with. */
    MD5("MD5"),
    /** 64 digits; what PyTorch puts into file names. */
    SHA256("SHA-256");

    private final String label;

    Algorithm(String label) {
      this.label = label;
    }
  }

  private static final int BUFFER = 1 << 20;
  private static final int FEWEST_DIGITS = 6;

  /** The rule of PyTorch's model zoo, which the original follows. */
  private static final Pattern IN_NAME = Pattern.compile("-([a-f0-9]*)\\.");

  public Checksum {
    hex = hex.toLowerCase(Locale.ROOT);
    if (!hex.matches("[0-9a-f]{%s,64}".formatted(FEWEST_DIGITS))) {
      throw new IllegalArgumentException(
          "checksum: %s to 64 hexadecimal digits expected, got \"%s\""
              .formatted(FEWEST_DIGITS, hex));
    }
  }

  /** An MD5 sum of 32 digits. */
  public static Checksum md5(String hex) {
    return new Checksum(Algorithm.MD5, hex);
  }

  /** A SHA-256 sum of 64 digits, or its beginning. */
  public static Checksum sha256(String hex) {
    return new Checksum(Algorithm.SHA256, hex);
  }

  /**
   * The beginning of a SHA-256 sum that a file name holds, as {@code resnet50-19c8e357.pth} does:
   * the first {@code -HEX.} of the name, if it has six digits or more.
   */
  public static Optional<Checksum> inFileName(String name) {
    Matcher matcher = IN_NAME.matcher(name);
    return matcher.find() && matcher.group(1).length() >= FEWEST_DIGITS
        ? Optional.of(sha256(matcher.group(1)))
        : Optional.empty();
  }

  /** Whether a file hashes to this; {@code progress} gets the numbers of bytes as they are read. */
  boolean fits(Path file, LongConsumer progress) throws IOException {
    return actual(file, progress).startsWith(hex);
  }

  /** What a file hashes to by this sum's algorithm, all digits. */
  String actual(Path file, LongConsumer progress) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance(algorithm.label);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + algorithm.label, e);
    }
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
        progress.accept(n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public String toString() {
    return algorithm.label + " " + hex;
  }
}
