package dev.maskrcnn.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Comparison;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.DeviceSetting;
import dev.maskrcnn.tensor.op.Boxes.DetectionRule;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.op.Boxes.SelectDetections;
import dev.maskrcnn.tensor.op.Boxes.SelectProposals;
import dev.maskrcnn.tensor.op.Boxes.SelectTopK;
import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.op.Masks.MaskTargets;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPool;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPoolBackward;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What the small cases of the contract do not reach: operands of many blocks and tasks against the
 * reference, and equality bit for bit whatever the number of threads.
 */
class DetectionKernelsTest {
  private static final double TOLERANCE = 1e-5;

  private long drawn;

  private float uniform(double low, double high) {
    return (float) (low + (high - low) * new Philox(17, 0).uniform(drawn++));
  }

  private Operand floats(double low, double high, int... dims) {
    double[] v = new double[(int) Shape.of(dims).size()];
    for (int i = 0; i < v.length; i++) {
      v[i] = uniform(low, high);
    }
    return Operand.f32(Shape.of(dims), v);
  }

  /** Boxes with sides of 1 to {@code largest} in an image of 500×400. */
  private double[] boxes(int count, double largest) {
    double[] v = new double[4 * count];
    for (int i = 0; i < v.length; i += 4) {
      v[i] = uniform(-20, 480);
      v[i + 1] = uniform(-20, 380);
      v[i + 2] = v[i] + uniform(1, largest);
      v[i + 3] = v[i + 1] + uniform(1, largest);
    }
    return v;
  }

  private static Operand flags(int... dims) {
    int[] v = new int[(int) Shape.of(dims).size()];
    Arrays.setAll(v, i -> i % 19 == 0 ? 0 : 1);
    return Operand.u8(Shape.of(dims), v);
  }

  private record Case(String name, Op op, List<Operand> inputs) {
    Case(String name, Op op, Operand... inputs) {
      this(name, op, List.of(inputs));
    }
  }

  private Stream<Case> selections() {
    int[] label = new int[2 * 70_001];
    Arrays.setAll(label, i -> i % 97 == 0 ? 3 : i % 5 == 0 ? -1 : 0);
    Operand labels = Operand.i32(Shape.of(2, 70_001), label);
    Operand three = Operand.f32(Shape.of(3, 700, 4), boxes(3 * 700, 90));
    Operand scores = floats(-0.1, 1, 3, 700);
    Operand classes = Operand.f32(Shape.of(2, 300, 4 * 21), boxes(2 * 300 * 21, 90));
    Operand p = floats(0, 0.4, 2, 300, 21);
    Operand counts = Operand.i32(300, 211);
    DetectionRule ties = new DetectionRule(0.05, 0.5, 100, true, 3);
    DetectionRule exact = new DetectionRule(0.3, 0.3, -1, false, 0);
    return Stream.of(
        new Case("sample", new SampleBalanced(512, 0.25, 3, 4), labels),
        new Case("top", new SelectTopK(1000), floats(-1, 1, 2, 50_000)),
        new Case("nms", new Nms(0.5, 700, 1), three, scores, flags(3, 700)),
        new Case("proposals", new SelectProposals(300, true), three, scores),
        new Case("proposals per image", new SelectProposals(300, false), three, scores),
        new Case("detections", new SelectDetections(ties, 1, 120), classes, p, counts),
        new Case("all detections", new SelectDetections(exact, 0, 1500), classes, p, counts));
  }

  private Stream<Case> matches() {
    Operand truth = Operand.f32(Shape.of(2, 40, 4), boxes(2 * 40, 200));
    Operand truths = Operand.i32(40, 33);
    int rows = 20_011;
    Operand own = Operand.f32(Shape.of(2, rows, 4), boxes(2 * rows, 150));
    Operand shared = Operand.f32(Shape.of(1, rows, 4), boxes(rows, 150));
    Operand counts = Operand.i32(rows, rows - 177);
    Op rpn = new MatchBoxes(0.7, 0.3, true, 1);
    Op box = new MatchBoxes(0.5, 0.5, false, 0);
    return Stream.of(
        new Case("match, low quality", rpn, truth, truths, shared, counts),
        new Case("match, own boxes", rpn, truth, truths, own, counts),
        new Case("match, one threshold", box, truth, truths, own, counts));
  }

  private Stream<Case> regions() {
    int count = 60;
    double[] box = boxes(count, 300);
    double[] rois = new double[5 * count];
    int[] level = new int[count];
    for (int r = 0; r < count; r++) {
      rois[5 * r] = r % 7 == 3 ? -1 : r % 2;
      System.arraycopy(box, 4 * r, rois, 5 * r + 1, 4);
      level[r] = r % 3;
    }
    List<Double> scales = List.of(0.25, 0.125, 0.0625);
    Operand roi = Operand.f32(Shape.of(count, 5), rois);
    Operand levels = Operand.i32(level);
    List<Case> cases = new ArrayList<>();
    for (Grid grid : List.of(new Grid(7, 7, 2, false), new Grid(5, 3, 0, true))) {
      List<Operand> in = new ArrayList<>(List.of(roi, levels));
      List<Shape> maps = new ArrayList<>();
      for (int l = 0; l < 3; l++) {
        maps.add(Shape.of(2, 100 >> l, 125 >> l, 37));
        in.add(floats(-1, 1, maps.get(l).dims()));
      }
      Operand dy = floats(-1, 1, count, grid.height(), grid.width(), 37);
      cases.add(new Case("align " + grid, new RoiAlign(grid, scales), in));
      Op backward = new RoiAlignBackward(grid, scales, maps);
      cases.add(new Case("align backward " + grid, backward, dy, roi, levels));
    }
    RoiPool pool = new RoiPool(7, 7, 0.25);
    Operand map = floats(-1, 1, 2, 100, 125, 37);
    cases.add(new Case("pool", pool, roi, map));
    Operand winner;
    try (Device reference = Device.reference()) {
      double[] at = outputs(reference, cases.get(cases.size() - 1)).get(1);
      int[] pixels = Arrays.stream(at).mapToInt(v -> (int) v).toArray();
      winner = Operand.i32(Shape.of(count, 7, 7, 37), pixels);
    }
    Op backward = new RoiPoolBackward(0.25, map.spec().shape());
    cases.add(new Case("pool backward", backward, floats(-1, 1, count, 7, 7, 37), winner, roi));
    return cases.stream();
  }

  /** Outlines that reach far beyond their boxes, so that edges are much longer than the raster. */
  private Stream<Case> masks() {
    int count = 50;
    int[] instance = new int[count];
    Arrays.setAll(instance, i -> i % 9 - 1);
    int[] parts = new int[12 + 1];
    Arrays.setAll(parts, i -> 14 * i);
    int[] ranges = {0, 1, 3, 3, 5, 8, 9, 11, 12};
    Operand box = Operand.f32(Shape.of(count, 4), boxes(count, 60));
    Operand points = floats(-300, 700, parts[12]);
    List<Case> cases = new ArrayList<>();
    for (int size : new int[] {1, 14, 28, 65, 200}) {
      Op op = new MaskTargets(size);
      Operand of = Operand.i32(instance);
      Operand offsets = Operand.i32(parts);
      cases.add(new Case("targets " + size, op, box, of, points, offsets, Operand.i32(ranges)));
    }
    Operand mask = floats(0, 1, count, 28, 28);
    cases.add(new Case("paste", new MaskPaste(400, 500, 0.5, 1), mask, box));
    cases.add(new Case("paste levels", new MaskPaste(101, 203, -1, 0), mask, box));
    return cases.stream();
  }

  private static List<double[]> outputs(Device device, Case c) {
    List<Tensor> in = c.inputs.stream().map(o -> o.on(device)).toList();
    return device.dispatch(c.op, in).stream().map(Operand::read).toList();
  }

  @TestFactory
  Stream<DynamicTest> largeOperandsAndAnyThreads() {
    return Stream.of(selections(), matches(), regions(), masks())
        .flatMap(cases -> cases)
        .map(c -> DynamicTest.dynamicTest(c.name, () -> check(c)));
  }

  private static void check(Case c) {
    List<double[]> expected;
    List<DType> types;
    try (Device reference = Device.reference()) {
      expected = outputs(reference, c);
      types =
          c.op.infer(c.inputs.stream().map(Operand::spec).toList()).stream()
              .map(s -> s.dtype())
              .toList();
    }
    List<double[]> first = null;
    for (int threads : new int[] {1, 2, 3}) {
      try (Device device = cpu(threads)) {
        List<double[]> got = outputs(device, c);
        for (int i = 0; i < got.size(); i++) {
          double tolerance = types.get(i).isFloat() ? TOLERANCE : 0;
          Comparison.close("output " + i, expected.get(i), got.get(i), tolerance);
          if (first != null) {
            assertTrue(Arrays.equals(first.get(i), got.get(i)), threads + " threads differ");
          }
        }
        first = first == null ? got : first;
      }
    }
  }

  @Test
  void scratchServesCallsOfDifferentSizes() {
    List<Case> cases = regions().toList();
    try (Device device = cpu(1)) {
      List<List<double[]>> once = cases.stream().map(c -> outputs(device, c)).toList();
      for (int i = cases.size() - 1; i >= 0; i--) {
        List<double[]> again = outputs(device, cases.get(i));
        for (int o = 0; o < again.size(); o++) {
          assertTrue(Arrays.equals(once.get(i).get(o), again.get(o)), cases.get(i).name);
        }
      }
    }
  }

  @Test
  void nmsFindsOverlapsOfFarAwayBoxes() {
    // Far from the origin a float step is 1/16 pixel; the quick test must not lose a pair.
    Operand boxes =
        Operand.f32(
            Shape.of(1, 3, 4),
            new double[] {
              900_000, 900_000, 900_010, 900_010, // overlaps the next by a little
              900_009.5, 900_009.5, 900_020, 900_020, //
              900_000.5, 900_000, 900_010, 900_010
            });
    Operand scores = Operand.f32(Shape.of(1, 3), 0.9, 0.8, 0.7);
    Case c =
        new Case("far", new Nms(0.001, 3, 0), boxes, scores, Operand.u8(Shape.of(1, 3), 1, 1, 1));
    try (Device device = cpu(1)) {
      assertEquals(1, (int) outputs(device, c).get(1)[0]);
    }
  }

  @Test
  void badIndicesAreNamed() {
    try (Device device = cpu(2)) {
      Grid grid = new Grid(1, 1, 1, false);
      Case image =
          new Case(
              "image",
              new RoiAlign(grid, List.of(1.0)),
              Operand.f32(Shape.of(1, 5), 2, 0, 0, 1, 1),
              Operand.i32(0),
              floats(0, 1, 2, 4, 4, 3));
      String message =
          assertThrows(DeviceException.class, () -> outputs(device, image)).getMessage();
      assertTrue(message.contains("RoiAlign"), message);
      assertTrue(message.contains("input 0 holds 2 at position 0, expected 0 to 1"), message);
      Case count =
          new Case(
              "count",
              new MatchBoxes(0.7, 0.3, true, 1),
              floats(0, 1, 1, 2, 4),
              Operand.i32(3),
              floats(0, 1, 1, 5, 4),
              Operand.i32(5));
      message = assertThrows(DeviceException.class, () -> outputs(device, count)).getMessage();
      assertTrue(message.contains("input 1 holds 3 at position 0, expected 0 to 2"), message);
    }
  }

  private static Device cpu(int threads) {
    return Device.open("cpu", DeviceOptions.none().with(DeviceSetting.THREADS, threads));
  }
}
