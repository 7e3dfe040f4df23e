package dev.maskrcnn.detection.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.tensor.io.Safetensors;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Recorded truth and sample data; tests that need it are skipped, with a message, without it. */
final class Shared {
  private Shared() {}

  static Path path(String relative) {
    Path path = Path.of(System.getProperty("shared.dir", "../../shared")).resolve(relative);
    Assumptions.assumeTrue(Files.exists(path), "SKIPPED: " + path + " is missing");
    return path;
  }

  static SafetensorsFile golden(String name) {
    return Safetensors.read(path("goldens/" + name + "/tensors.safetensors"));
  }

  static JsonNode json(String relative) throws IOException {
    return new ObjectMapper().readTree(path(relative).toFile());
  }
}
