package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.engine.BatchUpload;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.optim.LrSchedule;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that start from files of PyTorch and Detectron, as the original's loader fills them. */
class ForeignWeightsTest {
  private static Path file(String name) {
    return TestData.golden("14_checkpoints").resolve(name);
  }

  private static JsonNode json() {
    return TestData.json("goldens/14_checkpoints/case.json");
  }

  private static MaskRcnn model(Device d, String golden) {
    return new MaskRcnn(
        d, ModelSettings.of(Golden.open(golden).config(), Conventions.MASKRCNN_BENCHMARK), 99);
  }

  /** Three steps from the fifth on have the losses of the original. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "iter5.pth",
        "iter5_module.pth",
        // iter5_module_torch1.13.pth holds five steps by another PyTorch. From there proposals are
        // up to 6e-4 pixels off in the third step, which turns one pixel of one mask target: its
        // loss_mask is 5.8e-4 off, the other 14 losses 3e-5 at most. WeightFileTest compares its
        // tensors.
        "iter5_module_legacy.pth"
      })
  void goesOnWhereTheOriginalStopped(String name) throws IOException {
    JsonNode resume = json().get("resume");
    Golden g = Golden.open("01_mask_r50_fpn");
    List<Executable> checks = new ArrayList<>();
    try (Device d = Device.cpu();
        MaskRcnn model = model(d, "01_mask_r50_fpn");
        Sgd sgd = new Sgd(model.state(), MaskRcnnGoldenTest.solver(g.config()))) {
      int done =
          Checkpoint.resume(WeightFile.read(file(name)), model.state(), sgd)
              .iteration()
              .orElseThrow();
      LrSchedule schedule = MaskRcnnGoldenTest.schedule(g.config());
      for (JsonNode step : resume.get("next_steps")) {
        try (Frame frame = d.push("step");
            Tape tape = new Tape(d)) {
          Targets truth = BatchUpload.targets(d, g.truth());
          Map<String, Variable> losses =
              model.losses(tape, g.input(d), truth, new Draw(1, 0), Stages.NONE);
          for (int i = 0; i < resume.get("loss_order").size(); i++) {
            String loss = resume.get("loss_order").get(i).asText();
            double expected = step.get("losses").get(i).asDouble();
            double actual = losses.get(loss).value().item();
            double tolerance = resume.get("tolerance").asDouble() * expected;
            checks.add(() -> assertEquals(expected, actual, tolerance, loss));
          }
          int update = done++;
          try (Gradients gradients = tape.backward(new ArrayList<>(losses.values()))) {
            sgd.step(gradients, base -> schedule.rate(update, base));
          }
        }
      }
    }
    assertAll(checks);
  }

  /** Each tensor of the model has the values of the blob that the original loads it from. */
  @ParameterizedTest
  @ValueSource(strings = {"c2_body_py2.pkl", "c2_body_py3.pkl", "c2_mask_rcnn_fpn_py2.pkl"})
  void detectronFillsTheModel(String name) throws IOException {
    JsonNode case14 = json().get("caffe2").get(name);
    check(name, "01_mask_r50_fpn", case14.get("model_keys_loaded_from"));
  }

  /** The record lists the body only; the fifth stage goes to the head, under both of its names. */
  @Test
  void detectronFillsTheHeadOfAC4Model() throws IOException {
    String name = "c2_body_py2.pkl";
    JsonNode listed = json().get("caffe2").get(name).get("model_keys_loaded_from_for_case_03_C4");
    try (Device d = Device.cpu();
        MaskRcnn fpn = model(d, "01_mask_r50_fpn");
        MaskRcnn c4 = model(d, "03_mask_r50_c4")) {
      Checkpoint.load(WeightFile.read(file(name)), fpn.state(), true);
      List<String> kept = Checkpoint.load(WeightFile.read(file(name)), c4.state(), true);
      listed
          .fieldNames()
          .forEachRemaining(
              key -> {
                assertTrue(!kept.contains(key), key);
                float[] expected = fpn.state().get(key).save();
                Golden.closeAbsolute(key, expected, c4.state().get(key).save(), 0);
              });
      for (String head : List.of("box", "mask")) {
        String end = "layer4.2.conv3.weight";
        String key = "roi_heads." + head + ".feature_extractor.head." + end;
        float[] expected = fpn.state().get("backbone.body." + end).save();
        Golden.closeAbsolute(key, expected, c4.state().get(key).save(), 0);
      }
    }
  }

  private static void check(String name, String golden, JsonNode loadedFrom) throws IOException {
    JsonNode blobs = json().get("caffe2").get(name).get("blobs");
    Map<String, JsonNode> bySum = new TreeMap<>();
    try (Device d = Device.cpu();
        MaskRcnn model = model(d, golden)) {
      Map<String, float[]> before = new TreeMap<>();
      model.state().entries().forEach((k, p) -> before.put(k, p.save()));
      List<String> kept = Checkpoint.load(WeightFile.read(file(name)), model.state(), true);
      blobs.forEach(blob -> bySum.put(sum(blob), blob));
      List<Executable> checks = new ArrayList<>();
      for (Map.Entry<String, Parameter> e : model.state().entries().entrySet()) {
        String key = e.getKey();
        boolean expected = loadedFrom.has(key);
        checks.add(() -> assertEquals(!expected, kept.contains(key), key + " keeps its values"));
        float[] now = e.getValue().save();
        if (expected) {
          double total = 0;
          for (float v : now) {
            total += v;
          }
          String sum = String.format(Locale.ROOT, "%.6f", total);
          checks.add(() -> assertTrue(bySum.containsKey(sum), key + " is no blob: " + sum));
        } else {
          checks.add(() -> Golden.closeAbsolute(key, before.get(key), now, 0));
        }
      }
      assertAll(checks);
    }
  }

  private static String sum(JsonNode blob) {
    return String.format(Locale.ROOT, "%.6f", blob.get("sum").asDouble());
  }
}
