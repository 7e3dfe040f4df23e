package dev.maskrcnn.detection.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.detection.download.FileServer;
import dev.maskrcnn.detection.download.WeightCache;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import dev.maskrcnn.detection.weights.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsFromTheNetworkTest {
  @TempDir Path temp;
  private final TinyRun.Console console = new TinyRun.Console();

  @BeforeEach
  void useAnotherCache() {
    System.setProperty(WeightCache.HOME_PROPERTY, temp.resolve("cache").toString());
  }

  @AfterEach
  void forgetIt() {
    System.clearProperty(WeightCache.HOME_PROPERTY);
  }

  private TrainingRun.Options from(ShapesDataset data, String weights) {
    TrainingRun.Options o = TinyRun.options(data, temp.resolve("second"), 1);
    return TinyRun.with(o, o.config().with("MODEL.WEIGHT", weights));
  }

  @Test
  void trainingStartsFromAnAddressOrSaysWhatToDo() throws IOException {
    ShapesDataset data = TinyRun.data(temp);
    TrainingRun.run(TinyRun.options(data, temp.resolve("first"), 1), console.out);
    byte[] weights = Files.readAllBytes(Checkpoint.finalFile(temp.resolve("first")));
    String url;
    try (FileServer server = new FileServer()) {
      server.put("/models/mine.safetensors", weights);
      url = server.url("/models/mine.safetensors").toString();
      TrainingRun.run(from(data, url), console.out);
    }
    Path cached = temp.resolve("cache/mine.safetensors");
    assertTrue(console.text().contains("Loading checkpoint from " + cached), console.text());
    assertEquals(weights.length, Files.size(cached));

    TrainingRun.run(from(data, url), console.out); // without the server, from the cache
    Files.delete(cached);
    String message =
        assertThrows(RunException.class, () -> TrainingRun.run(from(data, url), console.out))
            .getMessage();
    assertTrue(message.startsWith("MODEL.WEIGHT " + url), message);
    assertTrue(message.contains("put it at " + cached), message);
    assertTrue(message.contains("--weights FILE"), message);
  }
}
