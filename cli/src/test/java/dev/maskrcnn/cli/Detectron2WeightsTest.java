package dev.maskrcnn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.maskrcnn.detection.coco.Rle;
import dev.maskrcnn.tensor.TestData;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints as detectron2 writes them, from the command line, to its recorded detections. */
class Detectron2WeightsTest {
  private static final Path CASE = TestData.golden("13_detectron2_mask_r50_fpn");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Where the recorded model differs from the published ones, apart from its widths. */
  private static final Map<String, String> OWN_SETTINGS =
      Map.of(
          "MODEL.RPN.ANCHOR_SIZES", "(8,16,32,64,128)",
          "MODEL.RPN.PRE_NMS_TOP_N_TEST", "40",
          "MODEL.RPN.FPN_POST_NMS_TOP_N_TEST", "40",
          "MODEL.ROI_HEADS.DETECTIONS_PER_IMG", "8",
          "MODEL.ROI_HEADS.CANONICAL_BOX_SIZE", "56",
          "INPUT.MIN_SIZE_TEST", "120",
          "INPUT.MAX_SIZE_TEST", "160");

  @TempDir Path folder;

  private final Cli cli = new Cli();
  private Map<String, HostTensor> recorded;

  @BeforeEach
  void open() {
    recorded = TestData.tensors("13_detectron2_mask_r50_fpn").tensors();
  }

  private Map<String, HostTensor> weights() {
    Map<String, HostTensor> out = new LinkedHashMap<>();
    recorded.forEach(
        (name, tensor) -> {
          if (name.startsWith("weights/")) {
            out.put(name.substring("weights/".length()), tensor);
          }
        });
    return out;
  }

  private String pickle(Map<String, HostTensor> tensors) throws IOException {
    return Files.write(folder.resolve("model_final.pkl"), NumpyPickle.zoo(tensors)).toString();
  }

  private String torchFile(Map<String, HostTensor> tensors) {
    Path plain = folder.resolve("plain.safetensors");
    Safetensors.write(plain, tensors, Map.of());
    String out = folder.resolve("model_final.pth").toString();
    ok("weights", "convert", plain.toString(), out, "--names", "keep");
    return out;
  }

  private void ok(String... words) {
    assertEquals(0, cli.runForReal(words), () -> cli.out() + cli.err());
  }

  /** A command with the settings of the recorded model. */
  private void withSettings(String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    OWN_SETTINGS.forEach((key, value) -> all.addAll(List.of("--set", key + "=" + value)));
    ok(all.toArray(String[]::new));
  }

  private Path images() {
    return TestData.golden("data_set/images");
  }

  /** A file of the model zoo as it is, with what its statistics of pixels say. */
  @Test
  void predictFromThePickle() throws IOException {
    Map<String, HostTensor> tensors = weights();
    tensors.put("pixel_mean", HostTensor.of(new float[] {103.53f, 116.28f, 123.675f}, 3, 1, 1));
    tensors.put("pixel_std", HostTensor.of(new float[] {1, 1, 1}, 3, 1, 1));
    String file = pickle(tensors);
    ok("weights", "show", file, "--only", "pixel");
    assertTrue(cli.out().startsWith("form             detectron2\nfamily           detectron2\n"));
    Path out = folder.resolve("direct");
    withSettings(
        "predict",
        images().toString(),
        "--weights",
        file,
        "--threshold",
        "0",
        "--output-dir",
        out.toString());
    detections(out);
  }

  /** A checkpoint of a training run, imported once; then nothing has to be said of it. */
  @Test
  void predictAndEvaluateAfterTheImport() throws IOException {
    String file = torchFile(weights());
    ok("weights", "show", file, "--depth", "1");
    assertTrue(cli.out().contains("family           detectron2\n"), cli.out());
    String ours = folder.resolve("ours.safetensors").toString();
    withSettings("weights", "import", file, ours);
    assertTrue(cli.out().contains("with the conventions of detectron2"), cli.out());
    Path out = folder.resolve("imported");
    ok(
        "predict",
        images().toString(),
        "--weights",
        ours,
        "--threshold",
        "0",
        "--output-dir",
        out.toString());
    detections(out);
    ok(
        "eval",
        "--weights",
        ours,
        "--images",
        images().toString(),
        "--annotations",
        images().resolveSibling("annotations.json").toString(),
        "--output-dir",
        folder.resolve("evaluated").toString());
    assertTrue(cli.out().contains("Average Precision"), cli.out());
  }

  private void detections(Path predicted) throws IOException {
    JsonNode tolerance = JSON.readTree(CASE.resolve("case.json").toFile()).get("tolerances");
    JsonNode masks = JSON.readTree(CASE.resolve("masks_rle.json").toFile());
    String[] names = {"000017", "000042"};
    for (int i = 0; i < names.length; i++) {
      JsonNode found =
          JSON.readTree(predicted.resolve("predictions").resolve(names[i] + ".json").toFile())
              .get("detections");
      String key = "eval/detections/" + i + "/";
      float[] boxes = recorded.get(key + "boxes").floats();
      float[] scores = recorded.get(key + "scores").floats();
      assertEquals(scores.length, found.size(), names[i]);
      for (int k = 0; k < scores.length; k++) {
        JsonNode own = found.get(k);
        JsonNode mask = mask(masks, i, k);
        assertEquals(mask.get("class").asInt() + 1, own.get("category_id").asInt(), key + k);
        assertEquals(
            scores[k], own.get("score").asDouble(), tolerance.get("det_scores").asDouble(), key);
        box(boxes, k, own.get("bbox"), tolerance.get("det_boxes_px").asDouble());
        double overlap =
            Rle.iou(
                List.of(rle(own.get("segmentation"))),
                List.of(rle(mask.get("segmentation"))),
                new boolean[1])[0][0];
        assertTrue(overlap >= 0.99, key + k + ": overlap of masks " + overlap);
      }
    }
  }

  private static JsonNode mask(JsonNode masks, int image, int detection) {
    return StreamSupport.stream(masks.spliterator(), false)
        .filter(m -> m.get("image").asInt() == image && m.get("detection").asInt() == detection)
        .findFirst()
        .orElseThrow();
  }

  private static Rle rle(JsonNode mask) {
    return Rle.fromCompressed(
        mask.get("counts").asText(),
        mask.get("size").get(0).asInt(),
        mask.get("size").get(1).asInt());
  }

  private static void box(float[] xyxy, int k, JsonNode xywh, double tolerance) {
    double x = xywh.get(0).asDouble();
    double y = xywh.get(1).asDouble();
    double[] own = {x, y, x + xywh.get(2).asDouble(), y + xywh.get(3).asDouble()};
    for (int c = 0; c < 4; c++) {
      assertEquals(xyxy[4 * k + c], own[c], tolerance, "box " + k + ", number " + c);
    }
  }

  /** With weights and a recipe: what the recipe does not say is as with the weights. */
  @Test
  void trainSaysWhichRulesTheWeightsHave() throws IOException {
    String file = pickle(weights());
    ok(
        "dataset",
        "shapes",
        "--train",
        "2",
        "--val",
        "1",
        "--size",
        "64",
        "--output-dir",
        folder + "/d");
    String[] widths = {
      "--skip-test",
      "--max-steps",
      "1",
      "MODEL.CONVENTIONS",
      "detectron2",
      "MODEL.BACKBONE.OUT_CHANNELS",
      "16",
      "MODEL.RESNETS.STEM_OUT_CHANNELS",
      "8",
      "MODEL.RESNETS.RES2_OUT_CHANNELS",
      "16",
      "MODEL.RESNETS.WIDTH_PER_GROUP",
      "4",
      "MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM",
      "32",
      "MODEL.ROI_MASK_HEAD.CONV_LAYERS",
      "(16,16,16,16)",
      "SOLVER.IMS_PER_BATCH",
      "1",
      "INPUT.MIN_SIZE_TRAIN",
      "64",
      "INPUT.MAX_SIZE_TRAIN",
      "64"
    };
    List<String> words =
        new ArrayList<>(
            List.of(
                "train",
                "--config",
                "e2e_mask_rcnn_R_50_FPN_1x",
                "--weights",
                file,
                "--output-dir",
                folder + "/run",
                "--train-images",
                folder + "/d/train",
                "--train-annotations",
                folder + "/d/instances_train.json"));
    words.addAll(List.of(widths));
    ok(words.toArray(String[]::new));
    String said = cli.out() + cli.err();
    assertTrue(said.contains("trained under other rules"), said);
    assertTrue(said.contains("INPUT.PIXEL_MEAN (103.53, 116.28, 123.675)"), said);
    assertTrue(!said.contains("to keep them, add: MODEL.CONVENTIONS"), said);
  }

  @Test
  void otherModelsAreRefused() throws IOException {
    Map<String, HostTensor> tensors = weights();
    tensors.put("roi_heads.box_head.0.fc1.weight", HostTensor.of(new float[4], 2, 2));
    String[] command = {"weights", "import", pickle(tensors), folder + "/x.safetensors"};
    cli.fails(List.of("roi_heads.box_head.0.fc1.weight", "not known here"), command);
    tensors = weights();
    tensors.keySet().removeIf(name -> name.contains("running_"));
    command[2] = pickle(tensors);
    cli.fails(List.of("has another body", "frozen norms"), command);
    String[] wrong = {"weights", "import", command[2], command[3], "--family", "torchvision"};
    cli.fails(List.of("no names of torchvision's detectors"), wrong);
  }
}
