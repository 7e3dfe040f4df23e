package dev.maskrcnn.tensor.contract;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.BoxIou;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;

/** Literals about boxes, anchors and sampling from the test suites of three peers. */
final class BoxLiterals {
  private static final double CLAMP = Math.log(1000.0 / 16);

  private final Bench bench;

  BoxLiterals(Bench bench) {
    this.bench = bench;
  }

  List<DynamicTest> tests() {
    List<DynamicTest> tests = new ArrayList<>();
    tests.add(test("maskrcnn-benchmark/box_decode", this::decode));
    tests.add(test("maskrcnn-benchmark/nms_five_boxes", this::fiveBoxes));
    tests.add(test("maskrcnn-benchmark/nms_53_boxes", this::manyBoxes));
    tests.add(test("torchvision/nms_float_boxes", this::nearlyEqual));
    tests.add(test("detectron2/box2box_transform", this::transform));
    tests.add(test("detectron2/box_iou_ioa", this::iou));
    tests.add(test("torchvision/box_iou", this::torchvisionIou));
    tests.add(test("detectron2/anchors_corner", c -> anchors(c, 6)));
    tests.add(test("detectron2/anchors_centered", c -> anchors(c, 6)));
    tests.add(test("torchvision/anchor_generator", c -> anchors(c, 1)));
    tests.add(test("torchvision/balanced_sampler", this::sampler));
    return tests;
  }

  /** A test of one literal case. */
  interface Check {
    void run(JsonNode literal);
  }

  static DynamicTest test(String name, Check check) {
    return DynamicTest.dynamicTest(name, () -> check.run(Golden.literal(name)));
  }

  private static Operand boxes(JsonNode list) {
    double[] v = Golden.numbers(list);
    return Operand.f32(Shape.of(v.length / 4, 4), v);
  }

  private static Operand batch(Operand rows) {
    return rows.reshape(1, rows.spec().shape().dim(0), rows.spec().shape().dim(1));
  }

  private void decode(JsonNode c) {
    double atol = c.at("/tolerance/atol").asDouble();
    double rtol = c.at("/tolerance/rtol").asDouble();
    CoderWeights unit = new CoderWeights(1, 1, 1, 1);
    Operand boxes = batch(boxes(c.at("/inputs/boxes_xyxy")));
    Operand deltas = batch(boxes(c.at("/inputs/deltas")));
    String[] expected = {"boxes_modern_recomputed", "boxes_legacy_plus1"};
    for (int offset = 0; offset < 2; offset++) {
      Operand got = bench.one(new BoxDecode(unit, offset, CLAMP), boxes, deltas);
      double[] wanted = Golden.numbers(c.at("/expected/" + expected[offset]));
      Bench.close(expected[offset], wanted, got.values(), rtol, atol);
    }
  }

  private void nms(JsonNode inputs, double threshold, int offset, JsonNode expected) {
    Operand boxes = batch(boxes(inputs.get("boxes_xyxy")));
    int count = boxes.spec().shape().dim(1);
    int[] valid = new int[count];
    Arrays.fill(valid, 1);
    List<Operand> got =
        bench.run(
            new Nms(threshold, count, offset),
            boxes,
            Golden.f32(inputs.get("scores"), 1, count),
            Operand.u8(Shape.of(1, count), valid));
    double[] keep = Golden.numbers(expected);
    Comparison.exact("count", new double[] {keep.length}, got.get(1).values());
    Comparison.exact("kept at " + threshold, keep, Arrays.copyOf(got.get(0).values(), keep.length));
  }

  private void fiveBoxes(JsonNode c) {
    double[] thresholds = Golden.numbers(c.at("/inputs/thresholds"));
    for (int i = 0; i < thresholds.length; i++) {
      JsonNode expected = c.get("expected");
      nms(c.get("inputs"), thresholds[i], 1, expected.get("kept_sorted_legacy_plus1").get(i));
      nms(c.get("inputs"), thresholds[i], 0, expected.get("kept_sorted_modern_recomputed").get(i));
    }
  }

  private void manyBoxes(JsonNode c) {
    double threshold = c.at("/inputs/threshold").asDouble();
    nms(c.get("inputs"), threshold, 1, c.at("/expected/kept_sorted_legacy_plus1"));
    nms(c.get("inputs"), threshold, 0, c.at("/expected/kept_sorted_modern_recomputed"));
  }

  private void nearlyEqual(JsonNode c) {
    double threshold = c.at("/inputs/threshold").asDouble();
    nms(c.get("inputs"), threshold, 0, c.at("/expected/kept"));
  }

  private void transform(JsonNode c) {
    double rtol = c.at("/tolerance/rtol").asDouble();
    double atol = c.at("/tolerance/atol").asDouble();
    CoderWeights weights = new CoderWeights(10, 10, 5, 5);
    Operand source = batch(boxes(c.at("/inputs/src")));
    Operand target = batch(boxes(c.at("/inputs/dst")));
    Operand deltas = bench.one(new BoxEncode(weights, 0), source, target);
    double[] expected = Golden.numbers(c.at("/expected/deltas"));
    Bench.close("deltas", expected, deltas.values(), rtol, atol);
    BoxDecode decode = new BoxDecode(weights, 0, CLAMP);
    Operand back = bench.one(decode, source, deltas);
    Bench.close("round trip", target.values(), back.values(), rtol, atol);
    Operand clamped =
        bench.one(
            decode,
            batch(boxes(c.at("/inputs/clamp_case/boxes"))),
            batch(boxes(c.at("/inputs/clamp_case/deltas"))));
    double[] wanted = Golden.numbers(c.at("/expected/clamp_decoded"));
    Bench.close("clamped", wanted, clamped.values(), rtol, atol);
  }

  private void iou(JsonNode c) {
    Operand got =
        bench.one(new BoxIou(0), boxes(c.at("/inputs/boxes1")), boxes(c.at("/inputs/boxes2")));
    double[] expected = Golden.numbers(c.at("/expected/iou"));
    Bench.close("iou", expected, got.values(), 1e-5, 1e-8);
  }

  private void torchvisionIou(JsonNode c) {
    for (String kind : new String[] {"int", "float"}) {
      JsonNode in = c.at("/inputs/" + kind);
      Operand got = bench.one(new BoxIou(0), boxes(in.get("boxes1")), boxes(in.get("boxes2")));
      double[] expected = Golden.numbers(c.at("/expected/" + kind));
      double atol = c.at("/tolerance/" + kind + "_atol").asDouble();
      Bench.close(kind, expected, got.values(), 0, atol);
    }
  }

  /** The anchors of the first place are the cells; the literal tells the order of the others. */
  private void anchors(JsonNode c, int perPlace) {
    double[] expected = Golden.numbers(c.at("/expected/anchors_xyxy"));
    int height = c.at("/inputs/feature_hw/0").asInt();
    int width = c.at("/inputs/feature_hw/1").asInt();
    int stride = c.at("/inputs/stride").asInt(5); // torchvision: 15 pixels on 3 places
    List<Float> cells =
        IntStream.range(0, perPlace * 4).mapToObj(i -> (float) expected[i]).toList();
    Operand got = bench.one(new AnchorGrid(height, width, stride, stride, cells));
    Comparison.exact("anchors", expected, got.values());
  }

  private void sampler(JsonNode c) {
    int[] labels = Golden.integers(c.at("/inputs/labels"));
    int size = c.at("/inputs/batch_size_per_image").asInt();
    double fraction = c.at("/inputs/positive_fraction").asDouble();
    Operand in = Operand.i32(Shape.of(1, labels.length), labels);
    boolean[] everDrawn = new boolean[labels.length];
    for (int draw = 0; draw < 200; draw++) {
      double[] got = bench.one(new SampleBalanced(size, fraction, 9, draw), in).values();
      int positives = 0;
      int negatives = 0;
      for (int i = 0; i < got.length; i++) {
        positives += got[i] == 1 && labels[i] == 1 ? 1 : 0;
        negatives += got[i] == 0 && labels[i] == 0 ? 1 : 0;
        everDrawn[i] |= got[i] >= 0;
      }
      double drawn = Arrays.stream(got).filter(v -> v >= 0).count();
      double[] counts = {positives, negatives, drawn};
      double p = c.at("/expected/positives").asDouble();
      double n = c.at("/expected/negatives").asDouble();
      Comparison.exact("draw " + draw, new double[] {p, n, p + n}, counts);
    }
    for (int i = 0; i < labels.length; i++) {
      double[] may = {labels[i] >= 0 ? 1 : 0};
      Comparison.exact("row " + i + " drawn", may, new double[] {everDrawn[i] ? 1 : 0});
    }
  }
}
