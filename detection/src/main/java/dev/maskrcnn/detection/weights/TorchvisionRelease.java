package dev.maskrcnn.detection.weights;

import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Recognises the COCO weights that torchvision publishes: their names end with the first eight
 * digits of their SHA-256. torchvision gives frozen norms an epsilon of 1e-5, but 0 with these
 * (overwrite_eps in mask_rcnn.py and faster_rcnn.py).
 */
final class TorchvisionRelease {
  /** Of maskrcnn_resnet50_fpn_coco and fasterrcnn_resnet50_fpn_coco. */
  private static final List<String> HASHES = List.of("bf2d0c1e", "258fb6c6");

  /** The published files have 160 and 170 MB; others need not be hashed. */
  private static final long LEAST = 150_000_000;

  private static final long MOST = 200_000_000;

  private TorchvisionRelease() {}

  /** By what a file is recognised: its name or its content; empty if it is not one of them. */
  static Optional<String> of(Path file) {
    String name = String.valueOf(file.getFileName());
    if (HASHES.stream().anyMatch(name::contains)) {
      return Optional.of("its name");
    }
    long size = file.toFile().length();
    boolean candidate = size >= LEAST && size <= MOST;
    return candidate && HASHES.contains(hash(file)) ? Optional.of("its SHA-256") : Optional.empty();
  }

  private static String hash(Path file) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
        byte[] block = new byte[1 << 16];
        while (in.read(block) >= 0) {
          // the digest is told of each block
        }
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 4);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + FileFailure.reason(e), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
