package dev.maskrcnn.tensor;

import java.nio.file.Files;
import java.nio.file.Path;

/** The files in {@code detection/src/test/data}, for the tests of all modules. */
public final class TestData {
  private static final String FOLDER = "detection/src/test/data";

  private TestData() {}

  /**
   * A file or folder, such as {@code faults/image_bombs}. Tests run somewhere inside the clone;
   * Maven runs them in the folder of the module.
   *
   * @throws IllegalStateException if it is not there: a test never skips for want of it
   */
  public static Path path(String name) {
    Path start = Path.of("").toAbsolutePath();
    for (Path up = start; up != null; up = up.getParent()) {
      Path file = up.resolve(FOLDER).resolve(name);
      if (Files.exists(file)) {
        return file;
      }
    }
    throw new IllegalStateException(
        "no %s/%s in %s or a folder above it".formatted(FOLDER, name, start));
  }
}
