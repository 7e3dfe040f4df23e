package dev.maskrcnn.detection.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.maskrcnn.detection.coco.DetectionFile;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.coco.Rle;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.metrics.CocoSummary;
import dev.maskrcnn.detection.metrics.IouType;
import dev.maskrcnn.detection.train.TinyRun;
import dev.maskrcnn.detection.weights.CheckpointException;
import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * From image files to result files and AP, against the records and numbers of maskrcnn-benchmark
 * with pycocotools on the same images and weights.
 */
public class EvaluationRunTest {
  @TempDir Path folder;
  private final TinyRun.Console console = new TinyRun.Console();

  /** The initial weights of a recorded case as a file of their own. */
  public static Path weights(Path recorded, Path folder) {
    Map<String, HostTensor> weights = new LinkedHashMap<>();
    Safetensors.read(recorded.resolve("tensors.safetensors"))
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith("weights/")) {
                weights.put(name.substring("weights/".length()), tensor);
              }
            });
    Path file = folder.resolve("recorded.safetensors");
    Safetensors.write(file, weights, Map.of());
    return file;
  }

  private EvaluationRun.Options options(Path recorded, boolean skipEval) {
    return new EvaluationRun.Options(
        Config.defaults().merge(recorded.resolve("config.yaml")),
        "cpu",
        List.of(
            new DatasetSource.Coco(
                "two",
                TestData.golden("data_set/images"),
                TestData.golden("data_set/annotations.json"))),
        folder,
        WeightFile.read(weights(recorded, folder)),
        skipEval);
  }

  @ParameterizedTest
  @ValueSource(strings = {"01_mask_r50_fpn", "02_faster_r50_fpn", "05_mask_r50_fpn_gn"})
  void filesAndNumbersAreThoseOfTheOriginal(String name) throws IOException {
    Path recorded = TestData.golden(name);
    JsonNode json = TestData.json(recorded.resolve("case.json"));
    Map<String, List<CocoSummary>> summaries =
        EvaluationRun.run(options(recorded, false), console.out);
    Path written = folder.resolve("inference/two");
    double pixels = json.at("/tolerances/det_boxes_px").asDouble();
    List<DetectionRecord> expected = DetectionFile.read(recorded.resolve("bbox.json"));
    List<DetectionRecord> actual = DetectionFile.read(written.resolve("bbox.json"));
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      DetectionRecord e = expected.get(i);
      DetectionRecord a = actual.get(i);
      assertEquals(e.imageId(), a.imageId());
      assertEquals(e.categoryId(), a.categoryId());
      assertEquals(e.score(), a.score(), json.at("/tolerances/det_scores").asDouble());
      for (int c = 0; c < 4; c++) {
        // Tolerances are in network pixels; these images were not enlarged, corners move alike.
        assertEquals(e.bbox()[c], a.bbox()[c], 2 * pixels, "box " + i);
      }
    }
    assertEquals(
        Files.exists(recorded.resolve("segm.json")), Files.exists(written.resolve("segm.json")));
    if (Files.exists(recorded.resolve("segm.json"))) {
      compareMasks(recorded.resolve("segm.json"), written.resolve("segm.json"));
    }
    for (CocoSummary summary : summaries.get("two")) {
      JsonNode ap = json.at("/coco_eval/" + summary.iouType().label());
      assertFalse(ap.isMissingNode());
      ap.forEachEntry(
          (measure, value) ->
              assertEquals(
                  value.asDouble(),
                  summary.value(measure),
                  summary.iouType() == IouType.BBOX ? 1e-9 : 1e-6,
                  measure));
    }
    JsonNode results = new ObjectMapper().readTree(written.resolve("results.json").toFile());
    assertEquals(
        summaries.get("two").get(0).ap(), results.at("/bbox/AP").doubleValue(), "results.json");
  }

  private static void compareMasks(Path expectedFile, Path actualFile) {
    List<DetectionRecord> expected = DetectionFile.read(expectedFile);
    List<DetectionRecord> actual = DetectionFile.read(actualFile);
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).imageId(), actual.get(i).imageId());
      assertEquals(expected.get(i).categoryId(), actual.get(i).categoryId());
      Rle e = expected.get(i).mask().orElseThrow();
      Rle a = actual.get(i).mask().orElseThrow();
      double iou = Rle.iou(List.of(a), List.of(e), new boolean[1])[0][0];
      assertTrue(e.area() == 0 && a.area() == 0 || iou >= 0.99, "mask " + i + ": IoU " + iou);
    }
  }

  @Test
  void skippedEvaluationLeavesPredictionsOnly() {
    Map<String, List<CocoSummary>> summaries =
        EvaluationRun.run(options(TestData.golden("01_mask_r50_fpn"), true), console.out);
    assertEquals(Map.of("two", List.of()), summaries);
    assertTrue(Files.exists(folder.resolve("inference/two/bbox.json")));
    assertTrue(Files.exists(folder.resolve("inference/two/segm.json")));
    assertFalse(Files.exists(folder.resolve("inference/two/results.json")));
  }

  @Test
  void expectedResultsPassOrFail() {
    EvaluationRun.Options o = options(TestData.golden("01_mask_r50_fpn"), false);
    Config config =
        o.config()
            .merge(
                List.of(
                    "TEST.EXPECTED_RESULTS",
                    "[['bbox', 'AP', [0.31, 0.01]], ['segm', 'AP50', [0.1, 0.01]]]"));
    EvaluationRun.run(
        new EvaluationRun.Options(
            config, o.device().name(), o.data(), o.outputDir(), o.weights(), false),
        console.out);
    assertTrue(console.text().contains("PASS: bbox > AP sanity check"), console.text());
    assertTrue(console.text().contains("FAIL: segm > AP50 sanity check"), console.text());
  }

  /** The same objects, their classes numbered otherwise, as exporters do: the same numbers. */
  @Test
  void classesAreMatchedByName() throws IOException {
    EvaluationRun.Options o = options(TestData.golden("01_mask_r50_fpn"), false);
    DatasetSource.Coco two = (DatasetSource.Coco) o.data().get(0);
    Path file = folder.resolve("renumbered.json");
    TinyRun.renumberCategories(two.annotations(), file);
    EvaluationRun.Options both =
        new EvaluationRun.Options(
            o.config(),
            o.device().name(),
            List.of(two, new DatasetSource.Coco("renumbered", two.images(), file)),
            o.outputDir(),
            o.weights(),
            false);
    Map<String, List<CocoSummary>> summaries = EvaluationRun.run(both, console.out);
    assertEquals(
        summaries.get("two").stream().map(CocoSummary::lines).toList(),
        summaries.get("renumbered").stream().map(CocoSummary::lines).toList());
    assertTrue(summaries.get("two").get(0).ap() > 0);
    assertTrue(console.text().contains("renumbered: its categories are numbered otherwise"));
  }

  @Test
  void weightsOfOtherClassesAreAnError() throws IOException {
    EvaluationRun.Options o = options(TestData.golden("01_mask_r50_fpn"), false);
    Path one = folder.resolve("one.json");
    DatasetSource.Coco two = (DatasetSource.Coco) o.data().get(0);
    TinyRun.writeOneCategory(two.annotations(), one);
    EvaluationRun.Options other =
        new EvaluationRun.Options(
            o.config(),
            o.device().name(),
            List.of(new DatasetSource.Coco("one", two.images(), one)),
            o.outputDir(),
            o.weights(),
            false);
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> EvaluationRun.run(other, console.out));
    assertTrue(e.getMessage().contains("another number of classes"), e.getMessage());
  }
}
