package dev.maskrcnn.cli;

import dev.maskrcnn.detection.download.WeightCache;
import dev.maskrcnn.detection.download.WeightCatalog;
import dev.maskrcnn.detection.log.RunLog;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Values of {@code --weights}: files, {@code catalog://} names and addresses. */
final class WeightChoice {
  private WeightChoice() {}

  /**
   * A path that must be a file.
   *
   * @throws CliException if it is not
   */
  static Path file(String option, String value) {
    Path path = path(option, value);
    if (Files.isRegularFile(path)) {
      return path;
    }
    throw new CliException(
        "%s: no such file, got %s; give a file, catalog://NAME or an http address"
            .formatted(option, value));
  }

  /** A path, whether there is something or not. */
  static Path path(String option, String value) {
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw new CliException("%s: not a path, got %s".formatted(option, value), e);
    }
  }

  /** A file, downloaded if the value is no path; progress goes to {@code out}. */
  static Path fetched(String option, String value, PrintStream out) {
    return WeightCatalog.isRemote(value)
        ? WeightCache.ofUser(RunLog.consoleOnly(out)).get(value)
        : file(option, value);
  }
}
