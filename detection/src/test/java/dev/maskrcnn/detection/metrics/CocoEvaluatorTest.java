package dev.maskrcnn.detection.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.detection.coco.CocoAnnotation;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoFormatException;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.coco.DetectionFile;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.coco.NoSegmentation;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.contract.Golden;
import dev.maskrcnn.tensor.io.SafetensorsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CocoEvaluatorTest {
  private static final Path IMAGES = Path.of("images");

  @ParameterizedTest
  @EnumSource(IouType.class)
  void equalsPycocotoolsOnAHundredImages(IouType type) {
    String folder = "cocoeval_val2014_100/";
    Path truthFile = TestData.path(folder + "instances_val2014_100.json");
    Path detectionFile =
        TestData.path(folder + "instances_val2014_fake" + type.label() + "100_results.json");
    JsonNode expected =
        TestData.json("cases/faster-coco-eval/cocoeval_val2014_100.json").get("expected");
    long start = System.nanoTime();
    CocoDataset truth = CocoDataset.load(truthFile, IMAGES);
    List<DetectionRecord> detections = DetectionFile.read(detectionFile);
    long loaded = System.nanoTime();
    CocoEvaluator result = CocoEvaluator.evaluate(truth, detections, type);
    long done = System.nanoTime();
    System.out.printf(
        Locale.ROOT,
        "cocoeval_val2014_100 %s: loaded in %.1f ms, evaluated in %.1f ms%n",
        type.label(),
        (loaded - start) / 1e6,
        (done - loaded) / 1e6);

    assertSummary(expected.get(type.label()), result.summary(), 1e-10);
    CocoEvaluator agnostic =
        CocoEvaluator.evaluateClassAgnostic(truth, detections, type, truth.imageIds());
    assertSummary(expected.get(type.label() + "_class_agnostic"), agnostic.summary(), 1e-10);

    JsonNode perCategory = expected.at("/per_category/" + type.label());
    int[] ids = result.categoryIds();
    assertEquals(perCategory.size(), ids.length);
    PrecisionTable table = result.table();
    for (int k = 0; k < ids.length; k++) {
      JsonNode category = perCategory.get(Integer.toString(ids[k]));
      assertEquals(category.get("AP").asDouble(), result.categoryAp()[k], 1e-10);
      assertEquals(category.get("AP50").asDouble(), table.averagePrecision(0, k, 0), 1e-10);
      assertEquals(category.get("AR100").asDouble(), table.averageRecall(k, 0, 2), 1e-10);
    }
    JsonNode curve = expected.get(type.label() + "_pr_curve_first_used_category_iou50");
    int used = Arrays.binarySearch(ids, curve.get("category_id").asInt());
    assertArrayEquals(
        Golden.numbers(curve.get("precision_at_101_recalls")), table.curve(0, used), 1e-10);
  }

  private static void assertSummary(JsonNode expected, CocoSummary actual, double tolerance) {
    assertEquals(CocoSummary.names().size(), expected.size());
    for (String name : CocoSummary.names()) {
      assertEquals(expected.get(name).asDouble(), actual.value(name), tolerance, name);
    }
  }

  @ParameterizedTest
  @EnumSource(IouType.class)
  void equalsTheGoldenMetrics(IouType type) {
    Path golden = TestData.path("goldens/17_metrics/case.json");
    JsonNode expected = TestData.json(golden).get("coco");
    CocoDataset truth = CocoDataset.load(golden.resolveSibling("gt.json"), IMAGES);
    List<DetectionRecord> detections =
        DetectionFile.read(golden.resolveSibling("detections_" + type.label() + ".json"));
    CocoEvaluator result = CocoEvaluator.evaluate(truth, detections, type);

    JsonNode ofType = expected.get(type.label());
    assertArrayEquals(Golden.numbers(ofType.get("stats")), result.summary().values(), 1e-9);
    for (int k = 0; k < result.categoryIds().length; k++) {
      String id = Integer.toString(result.categoryIds()[k]);
      assertEquals(ofType.get("per_category_AP").get(id).asDouble(), result.categoryAp()[k], 1e-9);
    }
    List<String> text = new ArrayList<>();
    expected.get("summary_text").forEach(line -> text.add(line.asText()));
    int half = type == IouType.BBOX ? 0 : 12;
    assertEquals(text.subList(half, half + 12), result.summaryLines());

    SafetensorsFile tensors = TestData.tensors("17_metrics");
    assertArrayEquals(
        tensors.tensor(type.label() + "/precision").doubles(), result.precision(), 1e-6);
    assertArrayEquals(
        tensors.tensor(type.label() + "/recall").doubles(), result.table().recall(), 1e-12);
  }

  private static CocoImage image(long id) {
    return new CocoImage(id, id + ".jpg", 100, 100);
  }

  private static CocoAnnotation object(long id, long image, int category, double... box) {
    return new CocoAnnotation(
        id, image, category, box, box[2] * box[3], false, new NoSegmentation());
  }

  private static DetectionRecord box(long image, int category, double score, double... box) {
    return new DetectionRecord(image, category, box, Optional.empty(), score);
  }

  private static CocoDataset small() {
    return CocoDataset.of(
        List.of(image(3), image(1)),
        List.of(object(0, 1, 7, 10, 10, 20, 20), object(1, 3, 7, 0, 0, 50, 50)),
        List.of(new CocoCategory(7, "seven", ""), new CocoCategory(2, "two", "")),
        IMAGES);
  }

  @Test
  void findsObjectsWithIdZero() {
    List<DetectionRecord> perfect =
        List.of(box(1, 7, .9, 10, 10, 20, 20), box(3, 7, .8, 0, 0, 50, 50));
    CocoSummary summary = CocoEvaluator.evaluate(small(), perfect, IouType.BBOX).summary();
    assertEquals(1, summary.ap(), 1e-12);
    assertEquals(-1, summary.value("APl"));
    assertEquals(
        " Average Precision  (AP) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = -1.000",
        summary.lines().get(5));
  }

  @Test
  void countsOnlyTheImagesAskedFor() {
    List<DetectionRecord> one = List.of(box(1, 7, .9, 10, 10, 20, 20));
    CocoDataset truth = small();
    assertEquals(.504950495, CocoEvaluator.evaluate(truth, one, IouType.BBOX).summary().ap(), 1e-9);
    long[] first = {1};
    assertEquals(1, CocoEvaluator.evaluate(truth, one, IouType.BBOX, first).summary().ap(), 1e-12);
    long[] second = {3};
    assertEquals(0, CocoEvaluator.evaluate(truth, one, IouType.BBOX, second).summary().ap());
  }

  @Test
  void nothingDetectedIsZeroAndNothingAnnotatedIsAbsent() {
    assertEquals(0, CocoEvaluator.evaluate(small(), List.of(), IouType.BBOX).summary().ap());
    CocoDataset empty =
        CocoDataset.of(
            List.of(image(1)), List.of(), List.of(new CocoCategory(7, "seven", "")), IMAGES);
    CocoSummary summary =
        CocoEvaluator.evaluate(empty, List.of(box(1, 7, 1, 0, 0, 5, 5)), IouType.BBOX).summary();
    assertTrue(Arrays.stream(summary.values()).allMatch(v -> v == -1), summary.toString());
  }

  @Test
  void saysWhichDetectionsDoNotFit() {
    CocoFormatException e =
        assertThrows(
            CocoFormatException.class,
            () -> CocoEvaluator.evaluate(small(), List.of(box(9, 7, 1, 0, 0, 5, 5)), IouType.BBOX));
    assertTrue(e.getMessage().contains("no image 9"), e.getMessage());
    e =
        assertThrows(
            CocoFormatException.class,
            () -> CocoEvaluator.evaluate(small(), List.of(box(1, 7, 1, 0, 0, 5, 5)), IouType.SEGM));
    assertTrue(e.getMessage().contains("image 1 has no mask"), e.getMessage());
    CocoEvaluator unknown =
        CocoEvaluator.evaluate(small(), List.of(box(1, 99, 1, 0, 0, 5, 5)), IouType.BBOX);
    assertEquals(1, unknown.detectionsOfUnknownCategories());
  }

  @Test
  void sortsEqualScoresInTheirOrder() {
    assertArrayEquals(
        new int[] {2, 5, 0, 1, 4, 3},
        StableOrder.descending(new double[] {.5, .5, .9, -1, .5, .9}));
  }
}
