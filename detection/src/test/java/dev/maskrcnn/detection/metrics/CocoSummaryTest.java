package dev.maskrcnn.detection.metrics;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class CocoSummaryTest {
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
  void namesOfValuesAreChecked() {
    CocoSummary bbox = new CocoSummary(IouType.BBOX, new double[12]);
    assertThrows(IllegalArgumentException.class, () -> bbox.value("AP60"));
    assertThrows(
        IllegalArgumentException.class, () -> new CocoSummary(IouType.BBOX, new double[3]));
  }
}
