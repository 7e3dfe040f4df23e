package dev.maskrcnn.detection.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoFormatException;
import dev.maskrcnn.detection.coco.DetectionFile;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.coco.Rle;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.contract.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Detectron2's case: three detections in two images, with fields left out. */
class TwoImagesCaseTest {
  @TempDir Path folder;
  private JsonNode expected;
  private ObjectNode truth;
  private ArrayNode detections;
  private double tolerance;

  @BeforeEach
  void read() {
    JsonNode c = TestData.json("cases/detectron2/coco_eval_two_images.json");
    expected = c.get("expected");
    tolerance = c.at("/tolerance/atol").asDouble();
    truth = (ObjectNode) c.at("/inputs/ground_truth");
    detections = (ArrayNode) c.at("/inputs/detections");
  }

  private CocoDataset dataset() throws IOException {
    Path file = Files.writeString(folder.resolve("gt.json"), truth.toString());
    return CocoDataset.load(file, folder);
  }

  private List<DetectionRecord> results() throws IOException {
    return DetectionFile.read(Files.writeString(folder.resolve("dt.json"), detections.toString()));
  }

  private void assertEqualsCase(String name, IouType type, CocoEvaluator actual) {
    JsonNode e = expected.get(name).get(type.label());
    assertArrayEquals(Golden.numbers(e.get("stats")), actual.summary().values(), tolerance);
    assertEquals(e.get("precision_sum_valid").asDouble(), sumValid(actual.precision()), tolerance);
    assertEquals(
        e.get("recall_sum_valid").asDouble(), sumValid(actual.table().recall()), tolerance);
    int[] shape = Golden.integers(e.get("precision_shape"));
    assertEquals(Arrays.stream(shape).reduce(1, Math::multiplyExact), actual.precision().length);
  }

  private static double sumValid(double[] values) {
    return Arrays.stream(values).filter(v -> v > -1).sum();
  }

  private void omit(String name) {
    String field = name.substring("omit_xx_".length());
    JsonNode list = name.startsWith("omit_gt") ? truth.get("annotations") : detections;
    list.forEach(entry -> ((ObjectNode) entry).remove(field));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "full",
        "omit_dt_id",
        "omit_gt_score",
        "omit_dt_iscrowd",
        "omit_dt_area",
        "omit_dt_bbox"
      })
  void equalsPycocotools(String name) throws IOException {
    if (!name.equals("full")) {
      omit(name);
    }
    for (IouType type : IouType.values()) {
      assertEqualsCase(name, type, CocoEvaluator.evaluate(dataset(), results(), type));
    }
  }

  @Test
  void withoutCategories() throws IOException {
    CocoDataset truth = dataset();
    for (IouType type : IouType.values()) {
      assertEqualsCase(
          "no_categories",
          type,
          CocoEvaluator.evaluateClassAgnostic(truth, results(), type, truth.imageIds()));
    }
  }

  @Test
  void withoutObjects() throws IOException {
    truth.putArray("annotations");
    for (IouType type : IouType.values()) {
      assertEqualsCase("empty_gt", type, CocoEvaluator.evaluate(dataset(), results(), type));
    }
  }

  @Test
  void boxesOfObjectsWithoutOutline() throws IOException {
    omit("omit_gt_segmentation");
    CocoDataset truth = dataset();
    assertEqualsCase(
        "omit_gt_segmentation",
        IouType.BBOX,
        CocoEvaluator.evaluate(truth, results(), IouType.BBOX));
    List<DetectionRecord> results = results();
    assertThrows(
        CocoFormatException.class, () -> CocoEvaluator.evaluate(truth, results, IouType.SEGM));
  }

  @Test
  void boxesDrawnAsMasks() throws IOException {
    omit("omit_dt_segmentation");
    CocoDataset truth = dataset();
    List<DetectionRecord> boxes = results();
    assertEqualsCase(
        "omit_dt_segmentation", IouType.BBOX, CocoEvaluator.evaluate(truth, boxes, IouType.BBOX));
    // What pycocotools does unasked has to be asked for here.
    assertThrows(
        CocoFormatException.class, () -> CocoEvaluator.evaluate(truth, boxes, IouType.SEGM));
    List<DetectionRecord> drawn =
        boxes.stream()
            .map(
                d -> {
                  var image = truth.image(d.imageId());
                  Rle mask = Rle.fromBbox(d.bbox(), image.height(), image.width());
                  return new DetectionRecord(
                      d.imageId(), d.categoryId(), d.bbox(), Optional.of(mask), d.score());
                })
            .toList();
    assertEqualsCase(
        "omit_dt_segmentation", IouType.SEGM, CocoEvaluator.evaluate(truth, drawn, IouType.SEGM));
  }

  static Stream<String> refused() {
    return Stream.of(
        "omit_gt_id",
        "omit_gt_image_id",
        "omit_gt_category_id",
        "omit_gt_bbox",
        "omit_dt_image_id",
        "omit_dt_category_id",
        "omit_dt_score");
  }

  /** Where pycocotools raises KeyError, the message names the field. */
  @ParameterizedTest
  @MethodSource("refused")
  void refusesIncompleteFiles(String name) {
    assertEquals("KeyError", expected.get(name).at("/bbox/error").asText());
    omit(name);
    CocoFormatException e =
        assertThrows(
            CocoFormatException.class,
            () -> {
              dataset();
              results();
            });
    String field = '"' + name.substring("omit_xx_".length()) + '"';
    assertTrue(e.getMessage().contains(field), e.getMessage());
  }

  /**
   * pycocotools raises KeyError here too. The original trains on such files, so reading them puts
   * in what is missing and says so; what does not depend on it is as in the complete file.
   */
  @ParameterizedTest
  @ValueSource(strings = {"omit_gt_iscrowd", "omit_gt_area"})
  void putsInWhatIsMissingAndWarns(String name) throws IOException {
    assertEquals("KeyError", expected.get(name).at("/bbox/error").asText());
    omit(name);
    CocoDataset truth = dataset();
    String field = '"' + name.substring("omit_gt_".length()) + '"';
    assertTrue(
        truth.warnings().stream().anyMatch(w -> w.contains(field)), truth.warnings().toString());
    for (IouType type : IouType.values()) {
      double[] stats = Golden.numbers(expected.get("full").get(type.label()).get("stats"));
      CocoSummary actual = CocoEvaluator.evaluate(truth, results(), type).summary();
      assertArrayEquals(
          Arrays.copyOf(stats, 3), Arrays.copyOf(actual.values(), 3), tolerance, "AP, AP50, AP75");
    }
  }
}
