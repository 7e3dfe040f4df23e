package dev.maskrcnn.tensor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

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

  /** A recorded case, such as {@code 01_mask_r50_fpn}. */
  public static Path golden(String name) {
    return path("goldens/" + name);
  }

  /** All tensors of a recorded case. */
  public static SafetensorsFile tensors(String golden) {
    return Safetensors.read(golden(golden).resolve("tensors.safetensors"));
  }

  /** A JSON file, such as {@code cases/detectron2/matcher.json}. */
  public static JsonNode json(String name) {
    return json(path(name));
  }

  public static JsonNode json(Path file) {
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  /**
   * More photos, which are not in the clone: a file or folder of the folder that {@code
   * -Dphotos.dir} names. Without it the test is skipped.
   */
  public static Path photos(String name) {
    Path file = Path.of(System.getProperty("photos.dir", "photos")).resolve(name);
    Assumptions.assumeTrue(
        Files.exists(file), () -> "SKIPPED: " + file + " is missing; see -Dphotos.dir");
    return file;
  }
}
