package dev.maskrcnn.tensor.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Files and folders under a temporary name, {@code .NAME.PROCESS-RANDOM.tmp}: what a killed process
 * left half made can be told from what a living one still writes.
 */
public final class Leftovers {
  private static final Pattern NAME = Pattern.compile("\\..+\\.(\\d{1,18})-[0-9a-f-]+\\.tmp");

  /** As versions before 0.2.0 named them: without the process, which ended long ago. */
  private static final Pattern FORMER =
      Pattern.compile("\\..+\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.tmp");

  private Leftovers() {}

  /** A new name beside a file or folder that is to be made. */
  public static Path temporary(Path target) {
    return target.resolveSibling(
        "." + target.getFileName() + prefix() + UUID.randomUUID() + ".tmp");
  }

  /** What stands between the name of a temporary file and the part that makes it unique. */
  public static String prefix() {
    return "." + ProcessHandle.current().pid() + "-";
  }

  /**
   * Removes what killed processes left in a folder and those below it.
   *
   * @param depth how far down to look; 1 for the folder alone
   * @throws TensorFileException if something cannot be removed
   */
  public static void remove(Path folder, int depth) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder, depth)) {
      for (Path path : all.filter(Leftovers::isLeft).toList()) {
        removeAll(path);
      }
    } catch (IOException e) {
      throw new TensorFileException(folder + ": cannot be tidied up, " + FileFailure.reason(e), e);
    }
  }

  private static boolean isLeft(Path path) {
    Matcher name = NAME.matcher(path.getFileName().toString());
    if (!name.matches()) {
      return FORMER.matcher(path.getFileName().toString()).matches();
    }
    long process = Long.parseLong(name.group(1));
    if (process != ProcessHandle.current().pid()) {
      return ProcessHandle.of(process).isEmpty();
    }
    // In a container every run may have the same number.
    Instant start = ProcessHandle.current().info().startInstant().orElse(Instant.MIN);
    return path.toFile().lastModified() < start.toEpochMilli();
  }

  private static void removeAll(Path path) throws IOException {
    List<Path> all;
    try (Stream<Path> below = Files.walk(path)) {
      all = below.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.deleteIfExists(file);
    }
  }
}
