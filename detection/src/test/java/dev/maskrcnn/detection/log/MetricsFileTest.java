package dev.maskrcnn.detection.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsFileTest {
  @TempDir Path folder;

  @Test
  void appendsOneObjectALineAndReadsBack() throws IOException {
    Path file = folder.resolve("new/metrics.jsonl");
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", 1.25);
    values.put("lr", Double.NaN);
    try (MetricsFile metrics = MetricsFile.open(file, 0)) {
      metrics.append(20, values);
      assertEquals(
          "{\"iteration\":20,\"loss\":1.25,\"lr\":\"NaN\"}\n",
          Files.readString(file),
          "on disk before close");
      metrics.append(40, Map.of("bbox/AP", Double.POSITIVE_INFINITY));
    }
    List<MetricsRow> rows = MetricsFile.read(file);
    assertEquals(
        List.of(
            new MetricsRow(20, values),
            new MetricsRow(40, Map.of("bbox/AP", Double.POSITIVE_INFINITY))),
        rows);
    assertTrue(Double.isNaN(rows.get(1).value("loss")));
  }

  @Test
  void resumingDropsWhatWillBeDoneAgain() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    Files.writeString(
        file,
        "{\"iteration\":20,\"loss\":3,\"note\":\"kept\"}\n{\"iteration\":40,\"loss\":2}\n"
            + "{\"iteration\":60,\"loss\":1}\n{\"iteration\":8");
    assertEquals(3, MetricsFile.read(file).size(), "the torn line is not read");
    try (MetricsFile metrics = MetricsFile.open(file, 40)) {
      metrics.append(60, Map.of("loss", 1.5));
    }
    assertEquals(
        "{\"iteration\":20,\"loss\":3,\"note\":\"kept\"}\n{\"iteration\":40,\"loss\":2}\n"
            + "{\"iteration\":60,\"loss\":1.5}\n",
        Files.readString(file));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(1, files.count(), "no temporary file is left");
    }
  }

  @Test
  void brokenLinesAreErrorsThatNameTheLine() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    Files.writeString(file, "{\"iteration\":20}\n{\"loss\":2}\n");
    String message =
        assertThrows(RunFileException.class, () -> MetricsFile.read(file)).getMessage();
    assertTrue(message.contains("line 2") && message.contains("iteration"), message);
    Files.writeString(file, "{oops\n{\"iteration\":20}\n");
    assertThrows(RunFileException.class, () -> MetricsFile.open(file, 0));
    assertThrows(RunFileException.class, () -> MetricsFile.read(folder.resolve("absent")));
  }

  @Test
  void rowsRejectWhatTheFileCannotHold() {
    assertThrows(IllegalArgumentException.class, () -> new MetricsRow(-1, Map.of()));
    assertThrows(IllegalArgumentException.class, () -> new MetricsRow(1, Map.of("iteration", 2.0)));
  }
}
