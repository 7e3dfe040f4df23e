package dev.maskrcnn.detection.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lines as {@code dllogger} 1.0 writes them: {@code json.dumps} of a dict with these keys in this
 * order, and {@code "{prefix}{step} {metric : value unit}..."}.
 */
class DlLoggerTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2020-06-24T12:00:00.25Z"), ZoneOffset.UTC);
  private static final String STAMP =
      "DLLL {\"timestamp\": \"1593000000.250000\", \"datetime\": \"2020-06-24 12:00:00.250000\","
          + " \"elapsedtime\": \"0.000000\", \"type\": ";

  @TempDir Path folder;

  @Test
  void fileAndConsole() throws IOException {
    Path file = folder.resolve("made/dllogger.out");
    List<String> console = new ArrayList<>();
    try (DlLogger log = DlLogger.open(Optional.of(file), console::add, CLOCK)) {
      log.unit("train_perf_fps", "images/s");
      log.unit("BBOX_mAP", null);
      log.parameter("gpu_count", 1);
      log.parameter("train_start", true);
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("eta", "0:01:02");
      line.put("learning_rate", 0.5);
      line.put("loss", "1.9000 (2.1000)");
      log.log(List.of(20), line);
      log.log(List.of(100, 2.5), Map.of("BBOX_mAP", Double.NaN));
      log.log(List.of(), Map.of("train_perf_fps", 12.5));
    }
    assertEquals(
        List.of(
            STAMP
                + "\"METADATA\", \"metric\": \"train_perf_fps\","
                + " \"metadata\": {\"unit\": \"images/s\"}}",
            STAMP + "\"METADATA\", \"metric\": \"BBOX_mAP\", \"metadata\": {\"unit\": null}}",
            STAMP + "\"LOG\", \"step\": \"PARAMETER\", \"data\": {\"gpu_count\": 1}}",
            STAMP + "\"LOG\", \"step\": \"PARAMETER\", \"data\": {\"train_start\": true}}",
            STAMP
                + "\"LOG\", \"step\": [20], \"data\": {\"eta\": \"0:01:02\","
                + " \"learning_rate\": 0.5, \"loss\": \"1.9000 (2.1000)\"}}",
            STAMP + "\"LOG\", \"step\": [100, 2.5], \"data\": {\"BBOX_mAP\": NaN}}",
            STAMP + "\"LOG\", \"step\": [], \"data\": {\"train_perf_fps\": 12.5}}"),
        Files.readAllLines(file));
    String now = "DLL 2020-06-24 12:00:00.250000 - ";
    assertEquals(
        List.of(
            now + "PARAMETER gpu_count : 1 ",
            now + "PARAMETER train_start : True ",
            now
                + "Training Iteration: 20  eta : 0:01:02  learning_rate : 0.5  loss : 1.9000"
                + " (2.1000) ",
            now + "Training Iteration: 100 Training Epoch: 2.5  BBOX_mAP : NaN None",
            now + " train_perf_fps : 12.5 images/s"),
        console);
  }

  @Test
  void withoutAFileThereIsNone() {
    DlLogger.none().log(List.of(1), Map.of("loss", 1.0));
    List<String> console = new ArrayList<>();
    DlLogger.open(Optional.empty(), console::add, CLOCK).parameter("a", "b");
    assertEquals(1, console.size());
    Path taken = folder;
    RunFileException e =
        assertThrows(
            RunFileException.class, () -> DlLogger.open(Optional.of(taken), line -> {}, CLOCK));
    assertEquals(true, e.getMessage().startsWith(taken + ": cannot be written: "), e.getMessage());
  }
}
