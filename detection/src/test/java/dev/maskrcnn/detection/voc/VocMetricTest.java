package dev.maskrcnn.detection.voc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VocMetricTest {

  /** Numbers recorded from maskrcnn-benchmark's own function. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void equalsTheGolden(boolean elevenPoints) {
    JsonNode golden =
        TestData.json("goldens/17_metrics/case.json")
            .at("/voc/use_07_metric=" + (elevenPoints ? "True" : "False"));
    SafetensorsFile file = TestData.tensors("17_metrics");
    List<VocMetric.Image> images = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      images.add(image(file, "voc/" + i + "/"));
    }
    VocMetric.Result result =
        VocMetric.evaluate(images, 3, new VocMetric.Rule(0.5, elevenPoints, true));
    assertEquals(golden.get("map").asDouble(), result.map(), 1e-6);
    for (int label = 1; label <= 3; label++) {
      assertEquals(golden.at("/ap/" + label).asDouble(), result.ap()[label - 1], 1e-6);
    }
  }

  private static VocMetric.Image image(SafetensorsFile file, String prefix) {
    float[] scores = file.tensors().get(prefix + "scores").floats();
    double[] wide = new double[scores.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = scores[i];
    }
    HostTensor flags = file.tensors().get(prefix + "gt_difficult");
    boolean[] difficult = new boolean[flags.bytes().length];
    for (int i = 0; i < difficult.length; i++) {
      difficult[i] = flags.bytes()[i] != 0;
    }
    return new VocMetric.Image(
        file.tensors().get(prefix + "boxes").floats(),
        file.tensors().get(prefix + "labels").ints(),
        wide,
        file.tensors().get(prefix + "gt_boxes").floats(),
        file.tensors().get(prefix + "gt_labels").ints(),
        difficult);
  }

  /**
   * By hand: two objects, found at recall 0.5 with precision 1 and at recall 1 with precision 2/3.
   */
  @Test
  void elevenPointsAndAreaByHand() {
    VocMetric.Image image =
        new VocMetric.Image(
            new float[] {0, 0, 9, 9, 50, 50, 59, 59, 20, 20, 29, 29},
            new int[] {1, 1, 1},
            new double[] {0.9, 0.8, 0.7},
            new float[] {0, 0, 9, 9, 20, 20, 29, 29},
            new int[] {1, 1},
            new boolean[2]);
    List<VocMetric.Image> images = List.of(image);
    double area = VocMetric.evaluate(images, 2, new VocMetric.Rule(0.5, false, true)).map();
    double eleven = VocMetric.evaluate(images, 2, new VocMetric.Rule(0.5, true, true)).map();
    assertEquals(0.5 + 0.5 * 2 / 3, area, 1e-12);
    assertEquals((6 + 5 * 2 / 3.0) / 11, eleven, 1e-12);
    assertEquals(
        "mAP: 0.8333\ncat             : 0.8333\ndog             : nan\n",
        VocMetric.evaluate(images, 2, new VocMetric.Rule(0.5, false, true))
            .text(List.of("cat", "dog")));
  }

  @Test
  void theOriginalLeavesOutImagesWithoutDetections() {
    VocMetric.Image found =
        new VocMetric.Image(
            new float[] {0, 0, 9, 9},
            new int[] {1},
            new double[] {0.9},
            new float[] {0, 0, 9, 9},
            new int[] {1},
            new boolean[1]);
    VocMetric.Image missed =
        new VocMetric.Image(
            new float[0],
            new int[0],
            new double[0],
            new float[] {0, 0, 9, 9},
            new int[] {1},
            new boolean[1]);
    List<VocMetric.Image> images = List.of(found, missed);
    VocMetric.Rule rule = new VocMetric.Rule(0.5, false, true);
    assertEquals(1, VocMetric.evaluate(VocMetric.withDetections(images), 1, rule).map());
    assertEquals(0.5, VocMetric.evaluate(images, 1, rule).map());
  }
}
