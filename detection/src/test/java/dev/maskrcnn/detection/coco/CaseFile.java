package dev.maskrcnn.detection.coco;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Recorded cases: small ones from the class path, large ones from the shared folder. */
public final class CaseFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private CaseFile() {}

  /** A case of the class path, such as {@code pycocotools/rle_merge.json}. */
  public static JsonNode resource(String name) {
    try (InputStream in = CaseFile.class.getResourceAsStream("/cases/" + name)) {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file of the shared folder; skips the test with a message if the folder is not there. */
  public static Path shared(String name) {
    Path folder = Path.of(System.getProperty("shared.dir", "../../shared"));
    assumeTrue(
        Files.isDirectory(folder),
        () -> "SKIPPED: no folder with recorded data; name it with -Dshared.dir (" + name + ")");
    Path file = folder.resolve(name);
    assumeTrue(Files.exists(file), () -> "SKIPPED: no " + name + " in the shared folder");
    return file;
  }

  public static JsonNode json(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A tensor of a safetensors file, widened to double. */
  public static double[] tensor(Path file, String name) {
    try {
      ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      int header = (int) all.getLong(0);
      String text = new String(all.array(), 8, header, StandardCharsets.UTF_8);
      JsonNode entry = JSON.readTree(text).get(name);
      int from = 8 + header + entry.get("data_offsets").get(0).asInt();
      int to = 8 + header + entry.get("data_offsets").get(1).asInt();
      int width = entry.get("dtype").asText().equals("F64") ? 8 : 4;
      double[] out = new double[(to - from) / width];
      for (int i = 0; i < out.length; i++) {
        out[i] = width == 8 ? all.getDouble(from + 8 * i) : all.getFloat(from + 4 * i);
      }
      return out;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static double[] doubles(JsonNode list) {
    return JSON.convertValue(list, double[].class);
  }

  public static int[] ints(JsonNode list) {
    return JSON.convertValue(list, int[].class);
  }

  public static String text(JsonNode node) {
    return node.toString();
  }
}
