package dev.maskrcnn.detection.model;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.data.GroundTruth;
import dev.maskrcnn.detection.data.PolygonSet;
import dev.maskrcnn.detection.engine.BatchUpload;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.weights.Detectron2Weights;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.io.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Training steps and detections of detectron2's Mask R-CNN, under its own conventions. */
class Detectron2GoldenTest {
  private static final String CASE = "13_detectron2_mask_r50_fpn";
  private static final Draw DRAW = new Draw(1, 0);
  private static final int CLASSES = 5;
  private static final String CONFIG =
      """
      MODEL:
        BACKBONE: {CONV_BODY: R-50-FPN, OUT_CHANNELS: 16}
        RESNETS:
          STEM_OUT_CHANNELS: 8
          RES2_OUT_CHANNELS: 16
          WIDTH_PER_GROUP: 4
          STRIDE_IN_1X1: True
        RPN:
          USE_FPN: True
          ANCHOR_STRIDE: (4, 8, 16, 32, 64)
          ANCHOR_SIZES: (8, 16, 32, 64, 128)
          STRADDLE_THRESH: -1
          PRE_NMS_TOP_N_TRAIN: 48
          PRE_NMS_TOP_N_TEST: 40
          FPN_POST_NMS_TOP_N_TRAIN: 50
          FPN_POST_NMS_TOP_N_TEST: 40
          BATCH_SIZE_PER_IMAGE: 11000
        ROI_HEADS:
          USE_FPN: True
          BATCH_SIZE_PER_IMAGE: 4096
          DETECTIONS_PER_IMG: 8
        ROI_BOX_HEAD:
          POOLER_RESOLUTION: 7
          POOLER_SCALES: (0.25, 0.125, 0.0625, 0.03125)
          POOLER_SAMPLING_RATIO: 0
          FEATURE_EXTRACTOR: FPN2MLPFeatureExtractor
          PREDICTOR: FPNPredictor
          NUM_CLASSES: 5
          MLP_HEAD_DIM: 32
        MASK_ON: True
        ROI_MASK_HEAD:
          POOLER_RESOLUTION: 14
          POOLER_SCALES: (0.25, 0.125, 0.0625, 0.03125)
          POOLER_SAMPLING_RATIO: 0
          FEATURE_EXTRACTOR: MaskRCNNFPNFeatureExtractor
          CONV_LAYERS: (16, 16, 16, 16)
          RESOLUTION: 28
          SHARE_BOX_FEATURE_EXTRACTOR: False
      """;

  @Test
  void trainingStep() {
    Golden g = Golden.open(CASE);
    try (Device d = Device.cpu();
        MaskRcnn model = model(d, g);
        Frame frame = d.push("test");
        Tape tape = new Tape(d)) {
      Recorder r = new Recorder();
      Map<String, Variable> losses = model.losses(tape, g.input(d), truth(d, g), DRAW, r);
      List<Executable> checks = new ArrayList<>();
      features(g, r, checks);
      regions(g, r, checks);
      heads(g, r, checks);
      lossChecks(losses, g.floats("loss"), g.tolerance("loss"), checks);
      try (Gradients gradients = tape.backward(new ArrayList<>(losses.values()))) {
        original(g, "grad/")
            .forEach(
                (name, wanted) -> {
                  Parameter p = model.state().get(name);
                  float[] actual =
                      p.layout().toCheckpoint(gradients.of(p).orElseThrow().toFloats(), p.shape());
                  checks.add(
                      () ->
                          Golden.closeL2(
                              name, wanted.floats(), actual, g.tolerance("grad_rel_l2")));
                });
      }
      assertAll(checks);
    }
  }

  @Test
  void fiveStepsOfSgd() {
    Golden g = Golden.open(CASE);
    try (Device d = Device.cpu();
        MaskRcnn model = model(d, g);
        Sgd sgd = new Sgd(model.state(), new Sgd.Settings(0.004, 1, 0.9, 0.02, 0.02))) {
      List<Executable> checks = new ArrayList<>();
      float[] recorded = g.floats("sgd/losses");
      for (int step = 0; step < 5; step++) {
        try (Frame frame = d.push("step");
            Tape tape = new Tape(d)) {
          Map<String, Variable> losses =
              model.losses(tape, g.input(d), truth(d, g), DRAW, Stages.NONE);
          float[] expected = Arrays.copyOfRange(recorded, 5 * step, 5 * step + 5);
          lossChecks(losses, expected, g.tolerance("sgd_losses"), checks);
          try (Gradients gradients = tape.backward(new ArrayList<>(losses.values()))) {
            sgd.step(gradients, base -> base);
          }
        }
      }
      original(g, "after5/")
          .forEach(
              (name, wanted) -> {
                float[] now = model.state().get(name).save();
                checks.add(
                    () ->
                        Golden.closeAbsolute(name, wanted.floats(), now, g.tolerance("after_abs")));
              });
      assertAll(checks);
    }
  }

  @Test
  void detections() {
    Golden g = Golden.open(CASE);
    try (Device d = Device.cpu();
        MaskRcnn model = model(d, g);
        Frame frame = d.push("test")) {
      Recorder r = new Recorder();
      List<Detections> found = model.detect(g.input(d), r);
      List<Executable> checks = new ArrayList<>();
      proposals(g, r, "eval", checks);
      int[] rows = IntStream.range(0, 80).toArray();
      logits(g, r, "eval", rows, checks);
      for (int i = 0; i < found.size(); i++) {
        Detections own = found.get(i);
        String p = "eval/detections/" + i + "/";
        int[] labels = Arrays.stream(g.ints(p + "classes")).map(c -> c + 1).toArray();
        float[] boxes = g.floats("eval/network_detections/" + i + "/boxes");
        checks.add(() -> Golden.same(p + "classes", labels, own.labels()));
        closeAbsolute(g, "det_boxes_px", boxes, own.boxes(), checks);
        closeAbsolute(g, "det_scores", g.floats(p + "scores"), own.scores(), checks);
        closeAbsolute(g, "det_mask_prob", g.floats(p + "mask_probs"), own.masks(), checks);
      }
      assertAll(checks);
    }
  }

  private static void closeAbsolute(
      Golden g, String tolerance, float[] expected, float[] actual, List<Executable> checks) {
    checks.add(() -> Golden.closeAbsolute(tolerance, expected, actual, g.tolerance(tolerance)));
  }

  private static void close(
      Golden g, String tolerance, float[] expected, float[] actual, List<Executable> checks) {
    checks.add(() -> Golden.close(tolerance, expected, actual, g.tolerance(tolerance)));
  }

  private static void features(Golden g, Recorder r, List<Executable> checks) {
    for (int l = 0; l < 5; l++) {
      float[] anchors = g.floats("anchors/" + l);
      float[] own = r.floats("anchors/" + l);
      String name = "anchors/" + l;
      checks.add(() -> Golden.closeAbsolute(name, anchors, own, 0));
      close(g, "features", g.nhwc("train/features/" + l), r.floats("features/" + l), checks);
      float[] logits = g.nhwc("train/rpn_objectness/" + l);
      close(g, "rpn_out", logits, r.floats("rpn_objectness/" + l), checks);
      float[] deltas = g.nhwc("train/rpn_anchor_deltas/" + l);
      close(g, "rpn_out", deltas, r.floats("rpn_bbox_reg/" + l), checks);
    }
  }

  /** Labels of anchors, proposals, and the RoIs that are drawn of them. */
  private static void regions(Golden g, Recorder r, List<Executable> checks) {
    int anchors = r.shape("rpn_labels")[1];
    for (int i = 0; i < 2; i++) {
      int[] labels = g.ints("train/rpn_labels/" + i);
      int[] own = r.intRows("rpn_labels", i, 1, anchors);
      checks.add(() -> Golden.same("rpn_labels", labels, own));
    }
    proposals(g, r, "train", checks);
    int[] rows = foregroundFirst(r, 54);
    for (int i = 0; i < 2; i++) {
      int[] classes = g.ints("train/box_classes/" + i);
      float[] rois = g.floats("train/box_rois/" + i);
      for (int k = 0; k < 54; k++) {
        int row = rows[54 * i + k];
        float[] wanted = Arrays.copyOfRange(rois, 4 * k, 4 * k + 4);
        float[] own = Arrays.copyOfRange(r.rows("box_rois", row, 1, 5), 1, 5);
        checks.add(() -> Golden.closeAbsolute("box_rois", wanted, own, 0.02));
        int label = (classes[k] + 1) % CLASSES;
        checks.add(() -> assertEquals(label, r.ints("box_labels")[row], "label of row " + row));
      }
    }
  }

  private static void proposals(Golden g, Recorder r, String mode, List<Executable> checks) {
    int capacity = r.shape("proposals/boxes")[1];
    for (int i = 0; i < 2; i++) {
      String key = mode + "/proposals/" + i + "/boxes";
      float[] boxes = g.floats(key);
      int appended = mode.equals("train") ? g.shape("target/" + i + "/boxes")[0] : 0;
      int counted = r.ints("proposals/counts")[i];
      checks.add(() -> assertEquals(boxes.length / 4 + appended, counted, key + ": number"));
      float[] own = r.rows("proposals/boxes", i * capacity, boxes.length / 4, 4);
      checks.add(() -> Golden.closeAbsolute(key, boxes, own, 0.02));
    }
  }

  /** The reference has RoIs with an object before those of the background, image by image. */
  private static int[] foregroundFirst(Recorder r, int perImage) {
    int[] labels = r.ints("box_labels");
    List<Integer> rows = new ArrayList<>();
    for (int from = 0; from < 2 * perImage; from += perImage) {
      int first = from;
      IntStream.range(first, first + perImage).filter(k -> labels[k] > 0).forEach(rows::add);
      IntStream.range(first, first + perImage).filter(k -> labels[k] == 0).forEach(rows::add);
    }
    return rows.stream().mapToInt(Integer::intValue).toArray();
  }

  private static void heads(Golden g, Recorder r, List<Executable> checks) {
    int[] rows = foregroundFirst(r, 54);
    int[] levels = g.ints("train/roi_levels");
    for (int k = 0; k < rows.length; k++) {
      int at = k;
      checks.add(() -> assertEquals(levels[at], r.ints("roi_levels")[rows[at]], "roi_levels"));
    }
    logits(g, r, "train", rows, checks);
    int[] some = Arrays.stream(g.ints("train/roi_index")).map(k -> rows[k]).toArray();
    close(g, "box_pooled", g.nhwc("train/box_pooled"), take(r, "box_pooled", some), checks);
    float[] features = g.floats("train/box_features");
    close(g, "class_logits", features, take(r, "box_features", some), checks);
    float[] pooled = g.nhwc("train/mask_pooled");
    close(g, "box_pooled", pooled, prefix(r, "mask_pooled", pooled), checks);
    float[] targets = g.floats("train/mask_targets");
    float[] own = prefix(r, "mask_targets", targets);
    checks.add(() -> Golden.closeAbsolute("mask_targets", targets, own, 0));
    int[] shape = g.shape("train/mask_logits");
    float[] wanted = g.nhwc("train/mask_logits");
    float[] all = r.floats("mask_logits");
    close(g, "mask_logits", wanted, foreground(all, wanted.length / shape[1], 1), checks);
  }

  private static float[] prefix(Recorder r, String stage, float[] like) {
    return Arrays.copyOf(r.floats(stage), like.length);
  }

  /** Rows of ours, in the reference's order of RoIs. */
  private static float[] take(Recorder r, String stage, int[] rows) {
    float[] all = r.floats(stage);
    int length = all.length / r.shape(stage)[0];
    float[] out = new float[rows.length * length];
    for (int k = 0; k < rows.length; k++) {
      System.arraycopy(all, rows[k] * length, out, k * length, length);
    }
    return out;
  }

  /** Without the numbers of the background, which come first in each row. */
  private static float[] foreground(float[] all, int rows, int each) {
    int width = (CLASSES - 1) * each;
    float[] out = new float[rows * width];
    for (int k = 0; k < rows; k++) {
      System.arraycopy(all, k * CLASSES * each + each, out, k * width, width);
    }
    return out;
  }

  private static void logits(
      Golden g, Recorder r, String mode, int[] rows, List<Executable> checks) {
    float[] own = take(r, "class_logits", rows);
    float[] logits = g.floats(mode + "/class_logits");
    float[] ordered = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      ordered[i / CLASSES * CLASSES + (i + 1) % CLASSES] = logits[i];
    }
    close(g, "class_logits", ordered, own, checks);
    float[] deltas = foreground(take(r, "box_regression", rows), rows.length, 4);
    close(g, "box_regression", g.floats(mode + "/box_regression"), deltas, checks);
  }

  private static void lossChecks(
      Map<String, Variable> losses, float[] expected, double tolerance, List<Executable> checks) {
    int i = 0;
    for (Map.Entry<String, Variable> e : losses.entrySet()) {
      double wanted = expected[i++];
      double own = e.getValue().value().item();
      checks.add(() -> assertEquals(wanted, own, tolerance * Math.abs(wanted), e.getKey()));
    }
    assertEquals(expected.length, i, "number of losses");
  }

  /** Recorded tensors of a prefix under the original's names. */
  private static Map<String, HostTensor> original(Golden g, String prefix) {
    Map<String, HostTensor> recorded = new LinkedHashMap<>();
    for (String key : g.names(prefix)) {
      long[] shape = Arrays.stream(g.shape(key)).asLongStream().toArray();
      recorded.put(key.substring(prefix.length()), HostTensor.of(g.floats(key), shape));
    }
    return Detectron2Weights.toOriginal(recorded);
  }

  private static MaskRcnn model(Device d, Golden g) {
    Config c = Config.defaults().mergeYaml(CONFIG, "test");
    ModelSettings settings =
        ModelSettings.of(c.with("MODEL.ROI_HEADS.CANONICAL_BOX_SIZE", 56), Conventions.DETECTRON2);
    MaskRcnn model = new MaskRcnn(d, settings, 1);
    Map<String, HostTensor> weights = original(g, "weights/");
    assertEquals(model.state().entries().keySet(), weights.keySet(), "names of the weights");
    weights.forEach((name, tensor) -> model.state().get(name).load(tensor.floats()));
    return model;
  }

  private static Targets truth(Device d, Golden g) {
    List<GroundTruth> all = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      String p = "target/" + i + "/";
      int[] labels = Arrays.stream(g.ints(p + "classes")).map(c -> c + 1).toArray();
      PolygonSet polygons =
          new PolygonSet(
              g.floats(p + "poly_coords"), g.ints(p + "poly_offsets"), g.ints(p + "poly_instance"));
      all.add(new GroundTruth(g.floats(p + "boxes"), labels, polygons));
    }
    return BatchUpload.targets(d, all);
  }
}
