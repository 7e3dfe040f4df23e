package dev.maskrcnn.detection.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.coco.CaseFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CocoSummaryTest {
  @TempDir Path folder;

  @Test
  void roundsAsPythonDoes() {
    // Python: '{:0.3f}'.format(v) gives 0.062, 0.188, 0.001, 0.377, 1.000, -1.000.
    double[] values = {0.0625, 0.1875, 0.0005, 0.3765, 0.99951, -1, 0, 0, 0, 0, 0, 0};
    List<String> lines = new CocoSummary(IouType.BBOX, values).lines();
    List<String> expected = List.of("0.062", "0.188", "0.001", "0.377", "1.000", "-1.000");
    for (int i = 0; i < expected.size(); i++) {
      assertTrue(lines.get(i).endsWith("] = " + expected.get(i)), lines.get(i));
    }
  }

  @Test
  void writesAllNumbers() {
    double[] values = {.1, .2, .3, .4, .5, .6, .7, .8, .9, 1, 0, -1};
    CocoSummary bbox = new CocoSummary(IouType.BBOX, values);
    CocoSummary segm = new CocoSummary(IouType.SEGM, values.clone());
    Path file = folder.resolve("results.json");
    CocoSummary.write(file, List.of(bbox, segm));
    JsonNode json = CaseFile.json(file);
    assertEquals(2, json.size());
    for (String name : CocoSummary.names()) {
      assertEquals(bbox.value(name), json.get("bbox").get(name).asDouble());
      assertEquals(segm.value(name), json.get("segm").get(name).asDouble());
    }
    assertThrows(IllegalArgumentException.class, () -> bbox.value("AP60"));
    assertThrows(
        IllegalArgumentException.class, () -> new CocoSummary(IouType.BBOX, new double[3]));
  }
}
