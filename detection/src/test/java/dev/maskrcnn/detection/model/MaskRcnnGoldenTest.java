package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.engine.BatchUpload;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.optim.LrSchedule;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole training steps and detections against those of maskrcnn-benchmark, recorded stage by stage:
 * features, RPN, matches, labels, proposals, RoIs, logits, losses, gradients, five SGD steps,
 * detections. Tolerances are the case's own.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MaskRcnnGoldenTest {
  private static final Draw DRAW = new Draw(1, 0);

  /** The recorded cases. */
  List<String> cases() {
    return List.of(
        "01_mask_r50_fpn",
        "02_faster_r50_fpn",
        "03_mask_r50_c4",
        "05_mask_r50_fpn_gn",
        "06_mask_r50_fpn_xconv1fc_gn",
        "07_rpn_r50_fpn");
  }

  /** The device under test. */
  Device open() {
    return Device.cpu();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void forwardLossesAndGradients(String name) {
    Golden g = Golden.open(name);
    try (Device d = open();
        MaskRcnn model = model(d, g);
        Frame frame = d.push("test");
        Tape tape = new Tape(d)) {
      Recorder r = new Recorder();
      Targets truth = BatchUpload.targets(d, g.truth());
      Map<String, Variable> losses = model.losses(tape, g.input(d), truth, DRAW, r);
      List<Executable> checks = new ArrayList<>();
      new GoldenStages(g, r, checks).training();
      lossChecks(g, losses, g.floats("loss"), g.tolerance("loss"), checks);
      try (Gradients gradients = tape.backward(new ArrayList<>(losses.values()))) {
        gradientChecks(g, model, gradients, checks);
      }
      assertAll(checks);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void fiveStepsOfSgd(String name) {
    Golden g = Golden.open(name);
    Config c = g.config();
    try (Device d = open();
        MaskRcnn model = model(d, g);
        Sgd sgd = new Sgd(model.state(), solver(c))) {
      LrSchedule schedule = schedule(c);
      List<Executable> checks = new ArrayList<>();
      float[] recorded = g.floats("sgd/losses");
      for (int step = 0; step < 5; step++) {
        try (Frame frame = d.push("step");
            Tape tape = new Tape(d)) {
          Targets truth = BatchUpload.targets(d, g.truth());
          Map<String, Variable> losses = model.losses(tape, g.input(d), truth, DRAW, Stages.NONE);
          int n = losses.size();
          float[] expected = Arrays.copyOfRange(recorded, step * n, (step + 1) * n);
          lossChecks(g, losses, expected, g.tolerance("sgd_losses"), checks);
          int update = step;
          try (Gradients gradients = tape.backward(new ArrayList<>(losses.values()))) {
            sgd.step(gradients, base -> schedule.rate(update, base));
          }
        }
      }
      for (String key : g.names("after5/")) {
        String parameter = key.substring("after5/".length());
        model
            .state()
            .find(parameter)
            .ifPresent(
                p -> {
                  float[] now = p.save();
                  checks.add(
                      () ->
                          Golden.closeAbsolute(
                              parameter, g.floats(key), now, g.tolerance("after_abs")));
                });
      }
      assertAll(checks);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void detections(String name) {
    Golden g = Golden.open(name);
    try (Device d = open();
        MaskRcnn model = model(d, g);
        Frame frame = d.push("test")) {
      Recorder r = new Recorder();
      List<Detections> found = model.detect(g.input(d), r);
      List<Executable> checks = new ArrayList<>();
      new GoldenStages(g, r, checks).inference();
      for (int i = 0; i < found.size(); i++) {
        detectionChecks(g, i, found.get(i), checks);
      }
      assertAll(checks);
    }
  }

  private static MaskRcnn model(Device d, Golden g) {
    ModelSettings settings = ModelSettings.of(g.config(), Conventions.MASKRCNN_BENCHMARK);
    MaskRcnn model = new MaskRcnn(d, settings, 1);
    for (Map.Entry<String, Parameter> e : model.state().entries().entrySet()) {
      e.getValue().load(g.floats("weights/" + e.getKey()));
    }
    for (String key : g.names("weights/")) {
      String parameter = key.substring("weights/".length());
      assertTrue(
          parameter.contains("cell_anchors") || model.state().find(parameter).isPresent(),
          "the model lacks " + parameter);
    }
    return model;
  }

  static void lossChecks(
      Golden g,
      Map<String, Variable> losses,
      float[] expected,
      double tolerance,
      List<Executable> checks) {
    List<String> names = new ArrayList<>();
    g.json().get("loss_names").forEach(n -> names.add(n.asText()));
    assertEquals(names.size(), losses.size(), "number of losses");
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      double actual = losses.get(name).value().item();
      double wanted = expected[i];
      checks.add(() -> assertEquals(wanted, actual, tolerance * Math.abs(wanted), name));
    }
  }

  private static void gradientChecks(
      Golden g, MaskRcnn model, Gradients gradients, List<Executable> checks) {
    for (Parameter p : model.state().weights()) {
      String key = "grad/" + p.name();
      boolean given = gradients.of(p).isPresent();
      checks.add(() -> assertEquals(g.has(key), given, p.name() + " has a gradient"));
      if (g.has(key) && given) {
        float[] actual =
            p.layout().toCheckpoint(gradients.of(p).orElseThrow().toFloats(), p.shape());
        checks.add(
            () -> Golden.closeL2(p.name(), g.floats(key), actual, g.tolerance("grad_rel_l2")));
      }
    }
  }

  static void detectionChecks(Golden g, int i, Detections found, List<Executable> checks) {
    if (g.has("eval/output/" + i + "/boxes")) {
      proposalChecks(g, "eval/output/" + i + "/", found, checks);
      return;
    }
    String p = "eval/detections/" + i + "/";
    String network = "eval/network_detections/" + i + "/boxes";
    String boxes = g.has(network) ? network : p + "boxes";
    checks.add(() -> Golden.same("labels of image " + i, g.ints(p + "labels"), found.labels()));
    checks.add(
        () ->
            Golden.closeAbsolute(
                "boxes", g.floats(boxes), found.boxes(), g.tolerance("det_boxes_px")));
    checks.add(
        () ->
            Golden.closeAbsolute(
                "scores", g.floats(p + "scores"), found.scores(), g.tolerance("det_scores")));
    String masks = g.has(p + "mask_probs") ? p + "mask_probs" : p + "masks";
    if (g.has(masks)) {
      checks.add(
          () ->
              Golden.closeAbsolute(
                  "masks", g.floats(masks), found.masks(), g.tolerance("det_mask_prob")));
    }
  }

  private static void proposalChecks(
      Golden g, String p, Detections found, List<Executable> checks) {
    checks.add(
        () ->
            Golden.closeAbsolute(
                "boxes", g.floats(p + "boxes"), found.boxes(), g.tolerance("prop_boxes_px")));
    checks.add(
        () -> Golden.closeAbsolute("scores", g.floats(p + "objectness"), found.scores(), 2e-4));
  }

  static Sgd.Settings solver(Config c) {
    return new Sgd.Settings(
        c.number("SOLVER.BASE_LR"),
        c.number("SOLVER.BIAS_LR_FACTOR"),
        c.number("SOLVER.MOMENTUM"),
        c.number("SOLVER.WEIGHT_DECAY"),
        c.number("SOLVER.WEIGHT_DECAY_BIAS"));
  }

  static LrSchedule schedule(Config c) {
    LrSchedule.Warmup warmup =
        new LrSchedule.Warmup(
            LrSchedule.Method.named(c.text("SOLVER.WARMUP_METHOD")),
            c.number("SOLVER.WARMUP_FACTOR"),
            c.integer("SOLVER.WARMUP_ITERS"));
    return LrSchedule.of(
        warmup,
        c.number("SOLVER.GAMMA"),
        Arrays.stream(c.integers("SOLVER.STEPS")).asLongStream().toArray());
  }
}
