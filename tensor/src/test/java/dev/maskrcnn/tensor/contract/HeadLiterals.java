package dev.maskrcnn.tensor.contract;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.BoxesAtLeast;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.op.Convolution.Conv2d;
import dev.maskrcnn.tensor.op.Convolution.Epilogue;
import dev.maskrcnn.tensor.op.Convolution.Window;
import dev.maskrcnn.tensor.op.LinearAlgebra.MatMul;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SmoothL1Backward;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Movement.SelectClass;
import dev.maskrcnn.tensor.op.Movement.SelectClassBackward;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;

/** Literals about pooling, losses and proposals from the test suites of three peers. */
final class HeadLiterals {
  private static final double CLAMP = Math.log(1000.0 / 16);
  private static final Operand ONE = Operand.f32(Shape.of(), 1);

  private final Bench bench;

  HeadLiterals(Bench bench) {
    this.bench = bench;
  }

  List<DynamicTest> tests() {
    List<DynamicTest> tests = new ArrayList<>();
    tests.add(BoxLiterals.test("detectron2/roi_align_aligned", this::align));
    tests.add(BoxLiterals.test("detectron2/fpn_level_assignment", this::levels));
    tests.add(BoxLiterals.test("detectron2/fast_rcnn_losses", this::boxHead));
    tests.add(BoxLiterals.test("detectron2/rpn_losses", this::rpnLosses));
    tests.add(
        DynamicTest.dynamicTest(
            "detectron2/rpn_losses, matching and proposals",
            () -> proposals(Golden.literal("detectron2/rpn_losses"))));
    tests.add(BoxLiterals.test("torchvision/frozen_batch_norm", this::frozenNorm));
    tests.add(BoxLiterals.test("torchvision/negative_image_losses", this::negativeImage));
    return tests;
  }

  private void align(JsonNode c) {
    Operand ramp = Golden.f32(c.at("/inputs/input_rows"), 1, 5, 5, 1);
    double[] box = Golden.numbers(c.at("/inputs/box_xyxy"));
    Operand roi = Operand.f32(Shape.of(1, 5), 0, box[0], box[1], box[2], box[3]);
    Operand level = Operand.i32(0);
    List<Double> scale = List.of(1.0);
    for (boolean aligned : new boolean[] {false, true}) {
      Operand got = bench.one(new RoiAlign(new Grid(4, 4, 0, aligned), scale), roi, level, ramp);
      double[] expected = Golden.numbers(c.at("/expected/aligned_" + aligned));
      Bench.close("aligned " + aligned, expected, got.values(), 1e-5, 1e-8);
    }
    double[] empty = Golden.numbers(c.at("/inputs/empty_box"));
    Operand nothing = Operand.f32(Shape.of(1, 5), 0, empty[0], empty[1], empty[2], empty[3]);
    Grid grid = new Grid(7, 7, 0, true);
    Operand got = bench.one(new RoiAlign(grid, scale), nothing, level, ramp);
    Comparison.exact("empty box", new double[49], got.values());
    double[] ones = new double[49];
    Arrays.fill(ones, 1);
    Operand dy = Operand.f32(Shape.of(1, 7, 7, 1), ones);
    RoiAlignBackward back = new RoiAlignBackward(grid, scale, List.of(ramp.spec().shape()));
    Comparison.exact(
        "gradient of the empty box", new double[25], bench.one(back, dy, nothing, level).values());
  }

  private void levels(JsonNode c) {
    JsonNode boxes = c.at("/inputs/boxes");
    double[] rois = new double[boxes.size() * 5];
    for (int i = 0; i < boxes.size(); i++) {
      System.arraycopy(Golden.numbers(boxes.get(i)), 0, rois, i * 5 + 1, 4);
    }
    Operand in = Operand.f32(Shape.of(boxes.size(), 5), rois);
    Operand got = bench.one(new RoiLevels(2, 5, 4, 224, 0), in);
    double[] expected = Golden.numbers(c.at("/expected/level_index_from_p2"));
    Comparison.exact("levels", expected, got.values());
  }

  /** Class 5 is background here; box regression is plain L1 over two proposals. */
  private void boxHead(JsonNode c) {
    JsonNode in = c.get("inputs");
    JsonNode expected = c.get("expected");
    Operand x = Golden.f32(in.get("features"), 2, 8);
    MatMul linear = new MatMul(false, true, true, false);
    Operand scoreWeight = Golden.f32(in.get("cls_score.weight"), 6, 8);
    Operand scores = bench.one(linear, x, scoreWeight, Golden.f32(in.get("cls_score.bias"), 6));
    closeTo(expected, "scores", scores);
    Operand boxWeight = Golden.f32(in.get("bbox_pred.weight"), 20, 8);
    Operand deltas = bench.one(linear, x, boxWeight, Golden.f32(in.get("bbox_pred.bias"), 20));
    closeTo(expected, "deltas", deltas);

    Operand classes = Operand.i32(Golden.integers(in.get("gt_classes")));
    List<Operand> ce = bench.run(new SoftmaxCrossEntropy(), scores, classes);
    closeTo(expected, "loss_cls", ce.get(0));
    Operand dscores = bench.one(new SoftmaxCrossEntropyBackward(), ONE, ce.get(1), classes);
    MatMul gradient = new MatMul(true, false, false, false);
    closeTo(expected, "grad_cls_score.weight", bench.one(gradient, dscores, x));

    Operand target =
        bench.one(
            new BoxEncode(new CoderWeights(10, 10, 5, 5), 0),
            Golden.f32(in.get("proposal_boxes"), 2, 4),
            Golden.f32(in.get("gt_boxes"), 2, 4));
    Operand own = bench.one(new SelectClass(4), deltas.reshape(2, 1, 20), classes).reshape(2, 4);
    Operand positive = Operand.i32(1, 1);
    closeTo(expected, "loss_box_reg", bench.one(new SmoothL1(0), own, target, positive));
    Operand down = bench.one(new SmoothL1Backward(0), ONE, own, target, positive);
    Operand ddeltas =
        bench.one(new SelectClassBackward(20), down.reshape(2, 1, 4), classes).reshape(2, 20);
    double[] ones = {1, 1};
    Operand bias = bench.one(gradient, ddeltas, Operand.f32(Shape.of(2, 1), ones));
    closeTo(expected, "grad_bbox_pred.bias", bias);
  }

  /** rtol 1e-5; where numbers cancel, relative to the largest. */
  private static void closeTo(JsonNode expected, String name, Operand got) {
    JsonNode e = expected.get(name);
    double[] wanted = Golden.numbers(e.has("data") ? e.get("data") : e);
    Comparison.close(name, wanted, got.values(), 1e-5);
  }

  /** The peer divides by 256·2 where this op divides by the rows that count. */
  private void rpnLosses(JsonNode c) {
    JsonNode in = c.get("inputs");
    double peer = 2 * in.get("batch_size_per_image").asDouble();
    int[] labels = Golden.integers(in.get("sampled_labels"));
    long counted = Arrays.stream(labels).filter(l -> l >= 0).count();
    Operand label = Operand.i32(labels);
    Operand asTarget = Operand.f32(Shape.of(60), Arrays.stream(labels).asDoubleStream().toArray());
    Operand logits = Golden.f32(in.get("logits_N_HWA"), 60);
    double cls = bench.one(new BinaryCrossEntropy(), logits, asTarget).values()[0];
    double[] expectedCls = Golden.numbers(c.at("/expected/loss_rpn_cls"));
    Comparison.close("loss_rpn_cls", expectedCls, new double[] {cls * counted / peer}, 1e-5);
    Operand target =
        bench.one(
            new BoxEncode(new CoderWeights(1, 1, 1, 1), 0),
            Golden.f32(in.get("anchors"), 1, 30, 4),
            Golden.f32(in.get("matched_gt_boxes"), 2, 30, 4));
    Operand deltas = Golden.f32(in.get("deltas_N_HWA_4"), 60, 4);
    double loc = bench.one(new SmoothL1(0), deltas, target.reshape(60, 4), label).values()[0];
    double[] expectedLoc = Golden.numbers(c.at("/expected/loss_rpn_loc"));
    Comparison.close("loss_rpn_loc", expectedLoc, new double[] {loc * counted / peer}, 1e-5);
  }

  private void proposals(JsonNode c) {
    JsonNode in = c.get("inputs");
    Operand anchors = Golden.f32(in.get("anchors"), 1, 30, 4);
    Operand truth = Golden.f32(in.get("gt_boxes"), 2, 1, 4);
    Operand one = Operand.i32(1, 1);
    MatchBoxes rule = new MatchBoxes(0.7, 0.3, true, 0);
    Operand match = bench.one(rule, truth, one, anchors, Operand.i32(30, 30));
    Operand label = bench.one(new AssignLabels(false), match, Operand.i32(Shape.of(2, 1), 1, 1));
    double[] labels = Golden.numbers(c.at("/expected/matcher_labels"));
    Comparison.exact("labels", labels, label.values());

    CoderWeights unit = new CoderWeights(1, 1, 1, 1);
    Operand deltas = Golden.f32(in.get("deltas_N_HWA_4"), 2, 30, 4);
    Operand decoded = bench.one(new BoxDecode(unit, 0, CLAMP), anchors, deltas);
    Operand sizes = Operand.i32(Shape.of(2, 2), Golden.integers(in.get("image_sizes_hw")));
    Operand clipped = bench.one(new ClipBoxes(0), decoded, sizes);
    // The peer keeps sides above 0; a side of 1e-6 pixels is the smallest above it here.
    Operand valid = bench.one(new BoxesAtLeast(1e-6, 0), clipped);
    Operand logits = Golden.f32(in.get("logits_N_HWA"), 2, 30);
    Nms nms = new Nms(in.get("nms_thresh").asDouble(), 30, 0);
    List<Operand> kept = bench.run(nms, clipped, logits, valid);
    for (int n = 0; n < 2; n++) {
      JsonNode expected = c.at("/expected/proposals").get(n);
      double[] scores = Golden.numbers(expected.get("objectness_logits"));
      double[] count = {kept.get(1).values()[n]};
      Comparison.exact("proposals", new double[] {scores.length}, count);
      compare(n, kept.get(0), clipped, expected);
    }
  }

  /** The peer orders by score, the op by index: each expected box must be among the kept. */
  private static void compare(int n, Operand kept, Operand boxes, JsonNode expected) {
    for (JsonNode box : expected.get("boxes")) {
      double[] wanted = Golden.numbers(box);
      double best = Double.MAX_VALUE;
      for (int i = 0; i < 30; i++) {
        int row = (int) kept.values()[n * 30 + i];
        if (row >= 0) {
          double far = 0;
          for (int k = 0; k < 4; k++) {
            far = Math.max(far, Math.abs(boxes.values()[(n * 30 + row) * 4 + k] - wanted[k]));
          }
          best = Math.min(best, far);
        }
      }
      Comparison.within("distance of " + box, new double[1], new double[] {best}, 1e-4);
    }
  }

  private void frozenNorm(JsonNode c) {
    JsonNode in = c.get("inputs");
    double[] scale = new double[2];
    double[] shift = new double[2];
    for (int i = 0; i < 2; i++) {
      double variance = in.get("running_var").get(i).asDouble() + in.get("eps").asDouble();
      scale[i] = in.get("weight").get(i).asDouble() / Math.sqrt(variance);
      shift[i] =
          in.get("bias").get(i).asDouble() - in.get("running_mean").get(i).asDouble() * scale[i];
    }
    Conv2d op = new Conv2d(new Window(1, 0, 1, 2), new Epilogue(true, false, false));
    Operand y =
        bench.one(
            op,
            Golden.nhwc(Golden.f32(in.get("x"), 1, 2, 2, 2)),
            Operand.f32(Shape.of(2, 1, 1, 1), scale),
            Operand.f32(Shape.of(2), shift));
    Operand expected = Golden.nhwc(Golden.f32(c.at("/expected/y"), 1, 2, 2, 2));
    Bench.close("y", expected.values(), y.values(), 1e-5, 1e-6);
  }

  /** An image without ground truth: its box and mask losses are exactly 0. */
  private void negativeImage(JsonNode c) {
    Operand none = Operand.f32(Shape.of(1, 0, 4), new double[0]);
    Operand boxes = Operand.f32(Shape.of(1, 2, 4), 0, 0, 9, 9, 20, 20, 70, 80);
    MatchBoxes rule = new MatchBoxes(0.7, 0.3, true, 0);
    Operand match = bench.one(rule, none, Operand.i32(0), boxes, Operand.i32(2));
    Operand labels = bench.one(new AssignLabels(false), match, Operand.i32(Shape.of(1, 0)));
    Comparison.exact("all background", new double[2], labels.values());
    Operand deltas = boxes.reshape(2, 4);
    Operand loss = bench.one(new SmoothL1(1.0 / 9), deltas, deltas, labels.reshape(2));
    double[] expected = Golden.numbers(c.at("/expected/loss_rpn_box_reg"));
    Comparison.exact("box loss", expected, loss.values());
    Operand empty = Operand.f32(Shape.of(0, 28, 28), new double[0]);
    Operand mask = bench.one(new BinaryCrossEntropy(), empty, empty);
    Comparison.exact("mask loss", Golden.numbers(c.at("/expected/loss_mask")), mask.values());
  }
}
