package dev.maskrcnn.detection.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.draw.MatrixPicture;
import dev.maskrcnn.detection.log.MetricsRow;
import dev.maskrcnn.detection.log.RunFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReportTest {
  @TempDir Path folder;

  private JsonNode report(List<RunReport.Shown> gallery) throws IOException {
    RunReport.Run run =
        new RunReport.Run(
            folder,
            BuiltinConfigs.load("shapes_gn").merge(List.of("SOLVER.BASE_LR", "0.125")),
            Map.of("recipe", "shapes_gn </script>"),
            Map.of("device", "cpu"));
    String page = Files.readString(RunReport.write(run, gallery));
    assertFalse(page.contains("http://") && page.contains("src=\"http"), "nothing is fetched");
    String start = "id=\"data\">";
    int from = page.indexOf(start) + start.length();
    return new ObjectMapper().readTree(page.substring(from, page.indexOf("</script>", from)));
  }

  @Test
  void runThatHasOnlyBegun() throws IOException {
    JsonNode data = report(List.of());
    assertEquals(0, data.get("charts").size() + data.get("sets").size());
    assertEquals("shapes_gn </script>", data.at("/facts/recipe").asText());
    JsonNode rate = null;
    for (JsonNode row : data.get("config")) {
      rate = row.get(0).asText().equals("SOLVER.BASE_LR") ? row : rate;
    }
    assertEquals("0.125", rate.get(1).asText());
    assertEquals("0.001", rate.get(2).asText());
  }

  @Test
  void showsWhatTheFolderHolds() throws IOException {
    Files.writeString(
        folder.resolve("metrics.jsonl"),
        "{\"iteration\":1,\"loss\":2.0,\"loss_mask\":1.5,\"lr\":0.1,\"time\":0.5,\"data\":0.05}\n"
            + "{\"iteration\":2,\"loss\":1.0,\"loss_mask\":0.5,\"lr\":0.1,\"time\":0.25,\"data\":0}\n"
            + "{\"iteration\":2,\"bbox/AP\":0.25}\n");
    Path set = Files.createDirectories(folder.resolve("inference/val"));
    Files.writeString(set.resolve("results.json"), "{\"bbox\":{\"AP\":0.25,\"categories\":[]}}");
    MatrixPicture.of("x", new float[] {1}, 1, 1).draw().writePng(set.resolve("confusion.png"));
    JsonNode data =
        report(
            List.of(
                new RunReport.Shown(
                    "a.jpg", 3, 1, 0, MatrixPicture.of("y", new float[] {1}, 1, 1).draw())));
    assertEquals(
        List.of(
            "Losses",
            "Average precision",
            "Learning rate",
            "Images per second",
            "Share of a step that waits for data"),
        data.get("charts").findValuesAsText("title"));
    assertEquals("[2.0,1.0]", data.at("/charts/0/lines/0/y").toString());
    assertEquals("loss_mask", data.at("/charts/0/lines/1/name").asText());
    int batch = BuiltinConfigs.load("shapes_gn").integer("SOLVER.IMS_PER_BATCH");
    assertEquals(batch / 0.5, data.at("/charts/3/lines/0/y/0").asDouble(), 1e-9);
    assertEquals(0.25, data.at("/sets/0/results/bbox/AP").asDouble());
    assertEquals("What was taken for what", data.at("/sets/0/pictures/0/caption").asText());
    assertTrue(data.at("/gallery/0/src").asText().startsWith("data:image/jpeg;base64,"));
    assertEquals(3, data.at("/gallery/0/missed").asInt());
    assertEquals("2", data.at("/facts/iterations").asText());
  }

  @Test
  void longCurvesAreThinnedToTheirMeansAndMedians() {
    List<MetricsRow> rows = new ArrayList<>();
    int each = 10;
    for (int i = 1; i <= each * RunSeries.MOST_POINTS; i++) {
      double time = i % each == 0 ? 100 : 0.5;
      rows.add(new MetricsRow(i, Map.of("loss", (double) i, "time", time, "data", 0.0)));
    }
    JsonNode charts = new RunSeries(rows, 4).charts();
    JsonNode loss = charts.at("/0/lines/0");
    assertEquals(RunSeries.MOST_POINTS, loss.get("y").size());
    assertEquals(each, loss.get("each").asInt());
    assertEquals(5.5, loss.at("/y/0").asDouble(), "mean of 1 to 10");
    assertEquals(10, loss.at("/x/0").asInt());
    assertEquals(8, charts.at("/1/lines/0/y/7").asDouble(), "the slow step does not count");
  }

  @Test
  void brokenFileIsNamed() throws IOException {
    Path set = Files.createDirectories(folder.resolve("inference/val"));
    Files.writeString(set.resolve("results.json"), "{\"bbox\":");
    RunFileException e = assertThrows(RunFileException.class, () -> report(List.of()));
    assertTrue(e.getMessage().startsWith(set.resolve("results.json") + ": no JSON"), e::getMessage);
  }
}
