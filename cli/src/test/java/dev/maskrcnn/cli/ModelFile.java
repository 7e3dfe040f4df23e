package dev.maskrcnn.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.detection.config.Config;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checkpoints without tensors: enough for the commands, which read only what they say. */
final class ModelFile {
  private ModelFile() {}

  /** A checkpoint of this program, and {@code last_checkpoint} beside it. */
  static Path write(Path folder, Config config) throws IOException {
    ObjectNode metadata = JsonMapper.builder().build().createObjectNode();
    metadata.put("format", "maskrcnn-jvm").put("format_version", "1");
    metadata.put("iteration", "40").put("seed", "5").put("schedule", "none");
    metadata.put("config", config.toYaml());
    metadata.put("categories", "[{\"id\":3,\"name\":\"cell\",\"supercategory\":\"\"}]");
    Path file = Files.createDirectories(folder).resolve("model_0000040.safetensors");
    safetensors(file, metadata);
    Files.writeString(folder.resolve("last_checkpoint"), file.getFileName().toString());
    return file;
  }

  /** A file of another program. */
  static Path foreign(Path file) throws IOException {
    safetensors(file, JsonMapper.builder().build().createObjectNode().put("format", "pt"));
    return file;
  }

  private static void safetensors(Path file, ObjectNode metadata) throws IOException {
    ObjectNode header = JsonMapper.builder().build().createObjectNode();
    header.set("__metadata__", metadata);
    String json = header.toString();
    byte[] text = (json + " ".repeat((8 - json.length() % 8) % 8)).getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + text.length).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(text.length).put(text).array());
  }
}
