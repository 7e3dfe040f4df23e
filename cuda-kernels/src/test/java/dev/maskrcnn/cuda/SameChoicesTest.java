package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Comparison;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.op.Boxes.AnchorsVisible;
import dev.maskrcnn.tensor.op.Boxes.AppendBoxes;
import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.BoxesAtLeast;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.op.Boxes.IndexWhere;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.op.Boxes.RoisAt;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.op.Boxes.SelectProposals;
import dev.maskrcnn.tensor.op.Boxes.SelectTopK;
import dev.maskrcnn.tensor.op.Movement.BatchGather;
import dev.maskrcnn.tensor.op.Movement.Concat;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Sigmoid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * All that a training step chooses, from the RPN's outputs on five levels of three images to the
 * sampled regions, must come out the same on CUDA, the CPU and the reference: matches, samples,
 * proposals, regions and levels, on CUDA and the CPU bit for bit. Each step works on what the one
 * before gave, so one different choice would spread.
 */
class SameChoicesTest {
  private static final int IMAGES = 3;
  private static final int HEIGHT = 256;
  private static final int WIDTH = 320;
  private static final int LEVELS = 5;
  private static final int TRUTHS = 9;
  private static final int BEFORE_NMS = 300;
  private static final long SEED = 0x1234_5678_9abcL;

  /** Decoded boxes; the reference rounds them once, the others at each step. */
  private static final Set<String> COORDINATES =
      Set.of("proposals", "proposals of each image", "regions");

  private static final CoderWeights WEIGHTS = new CoderWeights(1, 1, 1, 1);

  /** Inputs of a step, the same on every device. */
  private record Scene(
      List<Operand> logits, List<Operand> deltas, Operand truth, Operand counts, Operand sizes) {
    static Scene draw() {
      RandomBoxes random = new RandomBoxes(77);
      List<Operand> logits = new ArrayList<>();
      List<Operand> deltas = new ArrayList<>();
      for (int l = 0; l < LEVELS; l++) {
        int anchors = 3 * (HEIGHT >> (2 + l)) * (WIDTH >> (2 + l));
        // The finest level has ties, and logits of which the sigmoids saturate and tie.
        logits.add(
            l == 0
                ? random.steps(1.0 / 400, IMAGES, anchors)
                : random.uniform(-8, 24, IMAGES, anchors));
        deltas.add(random.uniform(-0.7, 0.7, IMAGES, anchors, 4));
      }
      return new Scene(
          logits,
          deltas,
          random.boxes(190, 130, IMAGES, TRUTHS, 4),
          Operand.i32(TRUTHS, 1, 6),
          Operand.i32(Shape.of(IMAGES, 2), HEIGHT, WIDTH, HEIGHT - 31, WIDTH, 199, 255));
    }
  }

  @Test
  void matchesSamplesAndProposals() {
    Scene scene = Scene.draw();
    Map<String, double[]> reference;
    Map<String, double[]> cpu;
    try (Device device = Device.reference()) {
      reference = choices(device, scene);
    }
    try (Device device = Device.cpu()) {
      cpu = choices(device, scene);
    }
    try (Device device = CudaTestDevice.open()) {
      Map<String, double[]> cuda = choices(device, scene);
      cuda.forEach((what, chosen) -> Comparison.exact("cpu, " + what, cpu.get(what), chosen));
      cuda.forEach(
          (what, chosen) ->
              Comparison.close(
                  "reference, " + what,
                  reference.get(what),
                  chosen,
                  COORDINATES.contains(what) ? 1e-6 : 0));
      assertTrue(positives(cuda.get("sampled anchors")) > 10, "the scene has hardly a match");
      assertTrue(positives(cuda.get("sampled regions")) > 10, "the scene has hardly a match");
    }
  }

  private static long positives(double[] labels) {
    return Arrays.stream(labels).filter(l -> l > 0).count();
  }

  @SuppressWarnings("try") // the frame frees what is made in it
  private static Map<String, double[]> choices(Device device, Scene scene) {
    try (Frame frame = device.push("choices")) {
      Step step = new Step(device, scene);
      step.anchors();
      step.proposals();
      step.regions();
      Map<String, double[]> read = new LinkedHashMap<>();
      step.chosen.forEach((what, tensor) -> read.put(what, Operand.read(tensor)));
      return read;
    }
  }

  /** One step on one device, in the order of training. */
  private static final class Step {
    private final Device device;
    private final Scene scene;
    private final Tensor truth;
    private final Tensor counts;
    private final Tensor sizes;
    private final Tensor labels;
    private final Map<String, Tensor> chosen = new LinkedHashMap<>();
    private final List<Tensor> grids = new ArrayList<>();
    private List<Tensor> proposals;

    Step(Device device, Scene scene) {
      this.device = device;
      this.scene = scene;
      this.truth = scene.truth.on(device);
      this.counts = scene.counts.on(device);
      this.sizes = scene.sizes.on(device);
      int[] classes = new int[IMAGES * TRUTHS];
      Arrays.setAll(classes, i -> 1 + i % 80);
      this.labels = device.of(Shape.of(IMAGES, TRUTHS), classes);
    }

    private List<Tensor> run(Op op, Tensor... inputs) {
      return device.dispatch(op, List.of(inputs));
    }

    private Tensor one(Op op, Tensor... inputs) {
      return run(op, inputs).get(0);
    }

    void anchors() {
      for (int l = 0; l < LEVELS; l++) {
        float s = 32 << l;
        List<Float> cells =
            List.of(
                -s, -s / 2, s, s / 2, -s / 1.4f, -s / 1.4f, s / 1.4f, s / 1.4f, -s / 2, -s, s / 2,
                s);
        int stride = 4 << l;
        grids.add(one(new AnchorGrid(HEIGHT / stride, WIDTH / stride, stride, stride, cells)));
      }
      Tensor all = device.dispatch(new Concat(0), grids).get(0);
      int m = all.shape().dim(0);
      Tensor rows = device.of(Shape.of(IMAGES), new int[] {m, m, m});
      MatchBoxes match = new MatchBoxes(0.7, 0.3, true, 1);
      Tensor matched = one(match, truth, counts, all.reshape(Shape.of(1, m, 4)), rows);
      Tensor visible = one(new AnchorsVisible(0), all, sizes);
      Tensor label = one(new AssignLabels(true), matched, labels, visible);
      chosen.put("matches of anchors", matched);
      chosen.put("sampled anchors", one(new SampleBalanced(256, 0.5, SEED, 7), label));
    }

    void proposals() {
      List<Tensor> boxes = new ArrayList<>();
      List<Tensor> scores = new ArrayList<>();
      for (int l = 0; l < LEVELS; l++) {
        Tensor score = one(new Sigmoid(), scene.logits.get(l).on(device));
        List<Tensor> top = run(new SelectTopK(BEFORE_NMS), score);
        int m = grids.get(l).shape().dim(0);
        Tensor anchors = grids.get(l).reshape(Shape.of(1, m, 4));
        Tensor picked = one(new BatchGather(), anchors, top.get(1));
        Tensor deltas = one(new BatchGather(), scene.deltas.get(l).on(device), top.get(1));
        Tensor decoded = one(new BoxDecode(WEIGHTS, 1, Math.log(62.5)), picked, deltas);
        Tensor clipped = one(new ClipBoxes(1), decoded, sizes);
        Tensor valid = one(new BoxesAtLeast(6, 1), clipped);
        List<Tensor> kept = run(new Nms(0.7, BEFORE_NMS, 1), clipped, top.get(0), valid);
        chosen.put("best of level " + l, top.get(1));
        chosen.put("survivors of level " + l, kept.get(0));
        boxes.add(one(new BatchGather(), clipped, kept.get(0)));
        scores.add(one(new BatchGather(), top.get(0), kept.get(0)));
      }
      Tensor allBoxes = device.dispatch(new Concat(1), boxes).get(0);
      Tensor allScores = device.dispatch(new Concat(1), scores).get(0);
      proposals = run(new SelectProposals(700, true), allBoxes, allScores);
      chosen.put("proposals", proposals.get(0));
      chosen.put("scores", proposals.get(1));
      chosen.put("numbers of proposals", proposals.get(2));
      List<Tensor> best = run(new SelectProposals(400, false), allBoxes, allScores);
      chosen.put("proposals of each image", best.get(0));
    }

    void regions() {
      List<Tensor> all = run(new AppendBoxes(), proposals.get(0), proposals.get(2), truth, counts);
      Tensor matched =
          one(new MatchBoxes(0.5, 0.5, false, 1), truth, counts, all.get(0), all.get(1));
      Tensor label = one(new AssignLabels(false), matched, labels);
      Tensor sampled = one(new SampleBalanced(128, 0.25, SEED, 11), label);
      Tensor index = one(new IndexWhere(0, IMAGES * 128), sampled);
      Tensor rois = one(new RoisAt(), all.get(0), index);
      chosen.put("matches of proposals", matched);
      chosen.put("sampled regions", sampled);
      chosen.put("regions", rois);
      chosen.put("levels", one(new RoiLevels(2, 5, 4, 224, 1), rois));
    }
  }
}
