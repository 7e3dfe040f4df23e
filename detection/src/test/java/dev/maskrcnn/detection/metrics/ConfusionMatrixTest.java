package dev.maskrcnn.detection.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.DetectionFile;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.coco.NoSegmentation;
import dev.maskrcnn.tensor.TestData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfusionMatrixTest {
  @TempDir private Path folder;

  private static CocoAnnotation object(int id, int category, double x, boolean crowd) {
    double[] box = {x, 0, 10, 10};
    return new CocoAnnotation(id, 1, category, box, 100, crowd, new NoSegmentation());
  }

  private static DetectionRecord found(int category, double x, double score) {
    return new DetectionRecord(1, category, new double[] {x, 0, 10, 10}, Optional.empty(), score);
  }

  @Test
  void countsByHand() {
    CocoDataset truth =
        CocoDataset.of(
            List.of(new CocoImage(1, "a.jpg", 200, 20)),
            List.of(
                object(1, 4, 0, false),
                object(2, 9, 30, false),
                object(3, 9, 60, false),
                object(4, 4, 120, true)),
            List.of(new CocoCategory(4, "cat", ""), new CocoCategory(9, "dog", "")),
            Path.of("."));
    List<DetectionRecord> found =
        List.of(
            found(4, 1, 0.9), // the cat
            found(4, 0, 0.8), // the cat again
            found(4, 30, 0.7), // a dog taken for a cat
            found(9, 90, 0.6), // nothing there
            found(9, 120, 0.6), // on a crowd
            found(9, 60, 0.4)); // too weak, so a dog is missed
    ConfusionMatrix matrix = ConfusionMatrix.of(truth, List.of(found), 0.5, 0.5);
    assertEquals(List.of("cat", "dog", "nothing"), matrix.names());
    assertArrayEquals(new long[] {1, 0, 0}, matrix.counts()[0]);
    assertArrayEquals(new long[] {1, 0, 1}, matrix.counts()[1]);
    assertArrayEquals(new long[] {1, 1, 0}, matrix.counts()[2]);
  }

  /** The numbers of each category are those recorded from pycocotools. */
  @Test
  void resultsFileHoldsCategories() {
    Path golden = TestData.golden("17_metrics");
    CocoDataset truth = CocoDataset.load(golden.resolve("gt.json"), golden);
    List<CocoEvaluator> evaluations = new ArrayList<>();
    for (IouType type : IouType.values()) {
      String file = "detections_" + type.label() + ".json";
      evaluations.add(
          CocoEvaluator.evaluate(truth, DetectionFile.read(golden.resolve(file)), type));
    }
    Path file = folder.resolve("results.json");
    ResultsFile.write(file, truth, evaluations);
    JsonNode recorded = TestData.json(golden.resolve("case.json")).get("coco");
    JsonNode written = TestData.json(file);
    for (String type : List.of("bbox", "segm")) {
      for (int i = 0; i < 12; i++) {
        assertEquals(
            recorded.at("/" + type + "/stats/" + i).asDouble(),
            written.get(type).get(CocoSummary.names().get(i)).asDouble(),
            1e-6);
      }
      assertEquals(4, written.at("/" + type + "/categories").size());
      for (JsonNode category : written.at("/" + type + "/categories")) {
        assertEquals(
            recorded.at("/" + type + "/per_category_AP/" + category.get("id")).asDouble(),
            category.get("AP").asDouble(),
            1e-6);
      }
    }
  }
}
