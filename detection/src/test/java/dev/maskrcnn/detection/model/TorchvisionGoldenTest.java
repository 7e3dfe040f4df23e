package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.engine.BatchUpload;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.weights.TorchvisionNames;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Training steps and detections of torchvision's Mask R-CNN, under its own conventions. */
class TorchvisionGoldenTest {
  private static final String CASE = "12_torchvision_mask_rcnn";
  private static final Draw DRAW = new Draw(1, 0);
  private static final String CONFIG =
      """
      MODEL:
        BACKBONE: {CONV_BODY: R-50-FPN, OUT_CHANNELS: 16}
        RESNETS:
          STEM_OUT_CHANNELS: 8
          RES2_OUT_CHANNELS: 16
          WIDTH_PER_GROUP: 4
          STRIDE_IN_1X1: False
        RPN:
          USE_FPN: True
          ANCHOR_STRIDE: (4, 8, 16, 32, 64)
          ANCHOR_SIZES: (8, 16, 32, 64, 128)
          STRADDLE_THRESH: -1
          PRE_NMS_TOP_N_TRAIN: 48
          PRE_NMS_TOP_N_TEST: 40
          FPN_POST_NMS_TOP_N_TRAIN: 50
          FPN_POST_NMS_TOP_N_TEST: 40
          BATCH_SIZE_PER_IMAGE: 20000
        ROI_HEADS:
          USE_FPN: True
          BATCH_SIZE_PER_IMAGE: 4096
          DETECTIONS_PER_IMG: 8
        ROI_BOX_HEAD:
          POOLER_RESOLUTION: 7
          POOLER_SCALES: (0.25, 0.125, 0.0625, 0.03125)
          POOLER_SAMPLING_RATIO: 2
          FEATURE_EXTRACTOR: FPN2MLPFeatureExtractor
          PREDICTOR: FPNPredictor
          NUM_CLASSES: 5
          MLP_HEAD_DIM: 32
        MASK_ON: True
        ROI_MASK_HEAD:
          POOLER_RESOLUTION: 14
          POOLER_SCALES: (0.25, 0.125, 0.0625, 0.03125)
          POOLER_SAMPLING_RATIO: 2
          FEATURE_EXTRACTOR: MaskRCNNFPNFeatureExtractor
          CONV_LAYERS: (16, 16, 16, 16)
          RESOLUTION: 28
          SHARE_BOX_FEATURE_EXTRACTOR: False
      """;

  @Test
  void trainingStep() {
    Golden g = Golden.open(CASE);
    try (Device d = Device.cpu();
        MaskRcnn model = model(d, g, 1e-5);
        Frame frame = d.push("test");
        Tape tape = new Tape(d)) {
      Recorder r = new Recorder();
      Map<String, Variable> losses = model.losses(tape, g.input(d), truth(d, g), DRAW, r);
      List<Executable> checks = new ArrayList<>();
      new GoldenStages(g, r, checks).training();
      checks.add(() -> anchors(g, r));
      maskChecks(g, r, checks);
      MaskRcnnGoldenTest.lossChecks(g, losses, g.floats("loss"), g.tolerance("loss"), checks);
      try (Gradients gradients = tape.backward(new ArrayList<>(losses.values()))) {
        for (String key : g.names("grad/")) {
          Parameter p = parameter(model, key.substring("grad/".length()));
          float[] actual =
              p.layout().toCheckpoint(gradients.of(p).orElseThrow().toFloats(), p.shape());
          checks.add(() -> Golden.closeL2(key, g.floats(key), actual, g.tolerance("grad_rel_l2")));
        }
      }
      assertAll(checks);
    }
  }

  @Test
  void frozenNormWithoutEpsilon() {
    Golden g = Golden.open(CASE);
    try (Device d = Device.cpu();
        MaskRcnn model = model(d, g, 0);
        Frame frame = d.push("test");
        Tape tape = new Tape(d)) {
      List<Executable> checks = new ArrayList<>();
      Map<String, Variable> losses = model.losses(tape, g.input(d), truth(d, g), DRAW, Stages.NONE);
      MaskRcnnGoldenTest.lossChecks(g, losses, g.floats("eps0/loss"), g.tolerance("loss"), checks);
      assertAll(checks);
    }
  }

  @Test
  void fiveStepsOfSgd() {
    Golden g = Golden.open(CASE);
    try (Device d = Device.cpu();
        MaskRcnn model = model(d, g, 1e-5);
        Sgd sgd = new Sgd(model.state(), new Sgd.Settings(0.004, 1, 0.9, 0.02, 0.02))) {
      List<Executable> checks = new ArrayList<>();
      float[] recorded = g.floats("sgd/losses");
      for (int step = 0; step < 5; step++) {
        try (Frame frame = d.push("step");
            Tape tape = new Tape(d)) {
          Map<String, Variable> losses =
              model.losses(tape, g.input(d), truth(d, g), DRAW, Stages.NONE);
          float[] expected = Arrays.copyOfRange(recorded, 5 * step, 5 * step + 5);
          MaskRcnnGoldenTest.lossChecks(g, losses, expected, g.tolerance("sgd_losses"), checks);
          try (Gradients gradients = tape.backward(new ArrayList<>(losses.values()))) {
            sgd.step(gradients, base -> base);
          }
        }
      }
      for (String key : g.names("after5/")) {
        Parameter p = parameter(model, key.substring("after5/".length()));
        float[] now = p.save();
        checks.add(() -> Golden.closeAbsolute(key, g.floats(key), now, g.tolerance("after_abs")));
      }
      assertAll(checks);
    }
  }

  @Test
  void detections() {
    Golden g = Golden.open(CASE);
    try (Device d = Device.cpu();
        MaskRcnn model = model(d, g, 1e-5);
        Frame frame = d.push("test")) {
      Recorder r = new Recorder();
      List<Detections> found = model.detect(g.input(d), r);
      List<Executable> checks = new ArrayList<>();
      new GoldenStages(g, r, checks).inference();
      for (int i = 0; i < found.size(); i++) {
        MaskRcnnGoldenTest.detectionChecks(g, i, found.get(i), checks);
      }
      assertAll(checks);
    }
  }

  private static void anchors(Golden g, Recorder r) {
    float[] expected = g.floats("anchors");
    float[] actual = new float[expected.length];
    int at = 0;
    for (int l = 0; l < 5; l++) {
      float[] level = r.floats("anchors/" + l);
      System.arraycopy(level, 0, actual, at, level.length);
      at += level.length;
    }
    Golden.closeAbsolute("anchors", expected, actual, 0);
  }

  private static void maskChecks(Golden g, Recorder r, List<Executable> checks) {
    float[] targets = g.floats("train/mask_targets");
    checks.add(
        () ->
            Golden.closeAbsolute(
                "mask_targets",
                targets,
                Arrays.copyOf(r.floats("mask_targets"), targets.length),
                g.tolerance("mask_targets_abs")));
    float[] logits = g.nhwc("train/mask_logits");
    checks.add(
        () ->
            Golden.close(
                "mask_logits",
                logits,
                Arrays.copyOf(r.floats("mask_logits"), logits.length),
                g.tolerance("mask_logits")));
  }

  private static Parameter parameter(MaskRcnn model, String torchvision) {
    return model.state().get(TorchvisionNames.toOriginal(torchvision));
  }

  private static MaskRcnn model(Device d, Golden g, double epsilon) {
    Config c = Config.defaults().mergeYaml(CONFIG, "test");
    ModelSettings settings =
        ModelSettings.of(
            c.with("MODEL.ROI_HEADS.CANONICAL_BOX_SIZE", 56),
            Conventions.TORCHVISION.withNormEpsilon(epsilon));
    MaskRcnn model = new MaskRcnn(d, settings, 1);
    for (String key : g.names("weights/")) {
      parameter(model, key.substring("weights/".length())).load(g.floats(key));
    }
    assertTrue(g.names("weights/").size() == model.state().all().size(), "all parameters loaded");
    return model;
  }

  /** Truth with full-size bitmaps {@code [N·G,H,W,1]} of the network's size. */
  private static Targets truth(Device d, Golden g) {
    Targets boxes = BatchUpload.targets(d, g.truth());
    int rows = boxes.rows();
    int[] batch = g.shape("input/batch");
    int height = batch[2];
    int width = batch[3];
    float[] all = new float[batch[0] * rows * height * width];
    for (int i = 0; i < batch[0]; i++) {
      int[] s = g.shape("target/" + i + "/masks");
      int[] mask = g.ints("target/" + i + "/masks");
      for (int k = 0; k < s[0]; k++) {
        for (int y = 0; y < s[1]; y++) {
          for (int x = 0; x < s[2]; x++) {
            all[((i * rows + k) * height + y) * width + x] = mask[(k * s[1] + y) * s[2] + x];
          }
        }
      }
    }
    Targets.Bitmaps bitmaps =
        new Targets.Bitmaps(d.of(Shape.of(batch[0] * rows, height, width, 1), all));
    return new Targets(boxes.boxes(), boxes.counts(), boxes.labels(), bitmaps);
  }
}
