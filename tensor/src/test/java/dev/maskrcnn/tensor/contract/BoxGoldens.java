package dev.maskrcnn.tensor.contract;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.op.Boxes.AnchorsVisible;
import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.BoxIou;
import dev.maskrcnn.tensor.op.Boxes.BoxesAtLeast;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.op.Boxes.DetectionRule;
import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.op.Boxes.SelectDetections;
import dev.maskrcnn.tensor.op.Boxes.SelectProposals;
import dev.maskrcnn.tensor.op.Normalization.Softmax;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;

/** Anchors, box arithmetic and selection of golden 16: maskrcnn-benchmark's, with offset 1. */
final class BoxGoldens {
  private static final double TOLERANCE = 1e-5;
  private static final double CLAMP = Math.log(1000.0 / 16);
  private static final Operand SIZE = Operand.i32(Shape.of(1, 2), 80, 100);

  private final Golden golden;
  private final Bench bench;

  BoxGoldens(Golden golden, Bench bench) {
    this.golden = golden;
    this.bench = bench;
  }

  List<DynamicTest> tests() {
    List<DynamicTest> tests = new ArrayList<>();
    tests.add(DynamicTest.dynamicTest("anchors of two levels", this::anchors));
    tests.add(DynamicTest.dynamicTest("visible anchors", this::visible));
    tests.add(DynamicTest.dynamicTest("iou", this::iou));
    tests.add(DynamicTest.dynamicTest("clip", this::clip));
    for (int i = 0; i < 2; i++) {
      int k = i;
      tests.add(DynamicTest.dynamicTest("coder " + k, () -> coder(k)));
    }
    for (int i = 0; i < golden.json("nms").size(); i++) {
      int k = i;
      String note = golden.json("nms").get(i).get("note").asText();
      tests.add(DynamicTest.dynamicTest("nms, " + note, () -> nms(k)));
    }
    tests.add(
        DynamicTest.dynamicTest("proposals of the batch", () -> select(true, "train_per_batch")));
    tests.add(DynamicTest.dynamicTest("proposals of each image", () -> select(false, "test")));
    for (int i = 0; i < golden.json("postprocess").size(); i++) {
      int k = i;
      tests.add(DynamicTest.dynamicTest("detections " + k, () -> detections(k)));
    }
    return tests;
  }

  private void anchors() {
    double[] boxes = golden.tensor("anchor_grid/boxes").values();
    JsonNode grid = golden.json("anchor_grid");
    int perPlace = grid.get("ratios").size();
    int at = 0;
    for (int level = 0; level < 2; level++) {
      int height = grid.get("grid_hw").get(level).get(0).asInt();
      int width = grid.get("grid_hw").get(level).get(1).asInt();
      int stride = grid.get("strides").get(level).asInt();
      List<Float> cells = new ArrayList<>(); // the anchors of the first place are unshifted
      for (int i = 0; i < perPlace * 4; i++) {
        cells.add((float) boxes[at + i]);
      }
      Operand got = bench.one(new AnchorGrid(height, width, stride, stride, cells));
      double[] expected = Arrays.copyOfRange(boxes, at, at + got.values().length);
      Comparison.exact("level " + level, expected, got.values());
      at += got.values().length;
    }
    Comparison.exact("all anchors", new double[] {boxes.length}, new double[] {at});
  }

  private void visible() {
    Operand anchors = golden.tensor("anchor_grid/boxes");
    int[] sizes = Golden.integers(golden.json("anchor_grid").get("image_sizes_hw"));
    for (int margin : new int[] {0, -1, 10}) {
      Operand got =
          bench.one(new AnchorsVisible(margin), anchors, Operand.i32(Shape.of(2, 2), sizes));
      for (int n = 0; n < 2; n++) {
        String name = "anchor_grid/straddle_" + margin + "/visible/" + n;
        Comparison.exact(name, golden.tensor(name).values(), Bench.rows(got, n, n + 1).values());
      }
    }
  }

  private void iou() {
    Operand got = bench.one(new BoxIou(1), golden.tensor("box_ops/a"), golden.tensor("box_ops/b"));
    Bench.close("iou", golden.tensor("box_ops/iou"), got, TOLERANCE);
  }

  private void clip() {
    Operand boxes = golden.tensor("box_ops/unclipped").reshape(1, 12, 4);
    Operand clipped = bench.one(new ClipBoxes(1), boxes, SIZE);
    Comparison.exact("clipped", golden.tensor("box_ops/clipped").values(), clipped.values());
    // kept_min_size_10 is empty: no clipped box has both sides of 10 pixels.
    Operand large = bench.one(new BoxesAtLeast(10, 1), clipped);
    Comparison.exact("at least 10 pixels", new double[12], large.values());
  }

  private static CoderWeights weights(JsonNode list) {
    double[] w = Golden.numbers(list);
    return new CoderWeights(w[0], w[1], w[2], w[3]);
  }

  private void coder(int k) {
    String at = "box_coder/" + k + "/";
    CoderWeights weights = weights(golden.json("box_coder").get(k).get("weights"));
    Operand proposals = golden.tensor(at + "proposals");
    Operand encoded =
        bench.one(new BoxEncode(weights, 1), proposals, golden.tensor(at + "reference"));
    Bench.close("encoded", golden.tensor(at + "encoded"), encoded, TOLERANCE);
    Operand decoded =
        bench.one(
            new BoxDecode(weights, 1, CLAMP),
            proposals.reshape(1, 20, 4),
            golden.tensor(at + "deltas").reshape(1, 20, 12));
    Bench.close("decoded", golden.tensor(at + "decoded"), decoded, TOLERANCE);
  }

  private void nms(int k) {
    Operand boxes = golden.tensor("nms/" + k + "/boxes");
    int count = boxes.spec().shape().dim(0);
    int[] valid = new int[count];
    Arrays.fill(valid, 1);
    double threshold = golden.json("nms").get(k).get("threshold").asDouble();
    List<Operand> got =
        bench.run(
            new Nms(threshold, count, 1),
            boxes.reshape(1, count, 4),
            golden.tensor("nms/" + k + "/scores").reshape(1, count),
            Operand.u8(Shape.of(1, count), valid));
    double[] keep = golden.tensor("nms/" + k + "/keep").values();
    Comparison.exact("count", new double[] {keep.length}, got.get(1).values());
    Comparison.exact("kept", keep, Arrays.copyOf(got.get(0).values(), keep.length));
  }

  private void select(boolean acrossBatch, String golden16) {
    double[] boxes = new double[2 * 30 * 4];
    double[] scores = new double[2 * 30];
    Arrays.fill(scores, -1);
    for (int n = 0; n < 2; n++) {
      double[] b = golden.tensor("select/in/" + n + "/boxes").values();
      System.arraycopy(b, 0, boxes, n * 120, b.length);
      double[] s = golden.tensor("select/in/" + n + "/objectness").values();
      System.arraycopy(s, 0, scores, n * 30, s.length);
    }
    List<Operand> got =
        bench.run(
            new SelectProposals(20, acrossBatch),
            Operand.f32(Shape.of(2, 30, 4), boxes),
            Operand.f32(Shape.of(2, 30), scores));
    for (int n = 0; n < 2; n++) {
      double[] expected = golden.tensor("select/" + golden16 + "/" + n + "/objectness").values();
      double[] actual = Bench.rows(got.get(1), n, n + 1).values();
      Comparison.exact(
          "count", new double[] {expected.length}, new double[] {got.get(2).values()[n]});
      Comparison.exact("scores", expected, Arrays.copyOf(actual, expected.length));
    }
  }

  private void detections(int k) {
    Operand probabilities = bench.one(new Softmax(), golden.tensor("postprocess/class_logits"));
    Operand decoded =
        bench.one(
            new BoxDecode(new CoderWeights(10, 10, 5, 5), 1, CLAMP),
            golden.tensor("postprocess/proposals").reshape(1, 8, 4),
            golden.tensor("postprocess/box_regression").reshape(1, 8, 12));
    Operand clipped = bench.one(new ClipBoxes(1), decoded, SIZE);
    JsonNode rule = golden.json("postprocess").get(k);
    DetectionRule r =
        new DetectionRule(
            rule.get("score_thresh").asDouble(),
            rule.get("nms").asDouble(),
            rule.get("detections_per_img").asInt(),
            true,
            0);
    List<Operand> got =
        bench.run(
            new SelectDetections(r, 1, 32),
            clipped,
            probabilities.reshape(1, 8, 3),
            Operand.i32(8));
    int count = rule.get("returned").asInt();
    String at = "postprocess/" + k + "/";
    Comparison.exact("count", new double[] {count}, got.get(4).values());
    double[] labels = golden.tensor(at + "labels").values();
    Comparison.exact("labels", labels, Arrays.copyOf(got.get(2).values(), count));
    Operand scores = Bench.rows(got.get(1).reshape(32), 0, count);
    Bench.close("scores", golden.tensor(at + "scores"), scores, TOLERANCE);
    Operand boxes = Bench.rows(got.get(0).reshape(32, 4), 0, count);
    Bench.close("boxes", golden.tensor(at + "boxes"), boxes, TOLERANCE);
  }
}
