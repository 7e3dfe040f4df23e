package dev.maskrcnn.tensor.contract;

import com.fasterxml.jackson.databind.JsonNode;
import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.op.Masks.MaskTargets;
import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiLevels;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPool;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPoolBackward;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;

/** RoIAlign, pooler levels, mask targets and pasting of golden 16. */
final class RegionGoldens {
  private static final double TOLERANCE = 1e-5;

  private final Golden golden;
  private final Bench bench;

  RegionGoldens(Golden golden, Bench bench) {
    this.golden = golden;
    this.bench = bench;
  }

  List<DynamicTest> tests() {
    List<DynamicTest> tests = new ArrayList<>();
    for (int i = 0; i < golden.json("roi_align").size(); i++) {
      int k = i;
      tests.add(DynamicTest.dynamicTest("roi align " + k, () -> align(k)));
    }
    tests.add(DynamicTest.dynamicTest("roi pool", this::pool));
    tests.add(DynamicTest.dynamicTest("pooler", this::pooler));
    for (int size : new int[] {7, 14, 28, 56}) {
      tests.add(DynamicTest.dynamicTest("mask target " + size, () -> targets(size)));
    }
    tests.add(DynamicTest.dynamicTest("paste", () -> paste("paste/masks", "rle")));
    tests.add(DynamicTest.dynamicTest("paste 14", () -> paste("paste/masks14", "rle14")));
    return tests;
  }

  private void align(int k) {
    JsonNode c = golden.json("roi_align").get(k);
    Grid grid =
        new Grid(
            c.get("output_size").get(0).asInt(),
            c.get("output_size").get(1).asInt(),
            c.get("sampling_ratio").asInt(),
            false);
    List<Double> scale = List.of(c.get("spatial_scale").asDouble());
    Operand rois = golden.tensor("roi_align/rois");
    Operand level = Operand.i32(new int[rois.spec().shape().dim(0)]);
    Operand features = golden.nhwc("roi_align/features");
    String at = "roi_align/" + k + "/";
    Operand y = bench.one(new RoiAlign(grid, scale), rois, level, features);
    Bench.close("output", golden.nhwc(at + "output"), y, TOLERANCE);
    RoiAlignBackward back = new RoiAlignBackward(grid, scale, List.of(features.spec().shape()));
    Operand dx = bench.one(back, golden.nhwc(at + "grad_output"), rois, level);
    Bench.close("gradient", golden.nhwc(at + "grad_features"), dx, TOLERANCE);
  }

  /** What torchvision gave; its winners are not recorded, so the gradient holds them too. */
  private void pool() {
    Operand rois = golden.tensor("roi_pool/rois");
    Operand features = golden.nhwc("roi_align/features");
    Operand expected = golden.nhwc("roi_pool/output");
    Shape shape = expected.spec().shape();
    RoiPool op = new RoiPool(shape.dim(1), shape.dim(2), 0.25);
    List<Operand> outputs = bench.run(op, List.of(rois, features));
    Comparison.exact("output", expected.values(), outputs.get(0).values());
    RoiPoolBackward back = new RoiPoolBackward(0.25, features.spec().shape());
    Operand dx = bench.one(back, golden.nhwc("roi_pool/grad_output"), outputs.get(1), rois);
    Bench.close("gradient", golden.nhwc("roi_pool/grad_features"), dx, TOLERANCE);
  }

  private void pooler() {
    JsonNode c = golden.json("pooler");
    List<Double> scales = new ArrayList<>();
    List<Operand> in = new ArrayList<>();
    for (int l = 0; l < 4; l++) {
      scales.add(c.get("scales").get(l).asDouble());
      in.add(golden.nhwc("pooler/features/" + l));
    }
    List<Double> rois = new ArrayList<>();
    for (int n = 0; n < 2; n++) {
      double[] boxes = golden.tensor("pooler/boxes/" + n).values();
      for (int i = 0; i < boxes.length; i++) {
        if (i % 4 == 0) {
          rois.add((double) n);
        }
        rois.add(boxes[i]);
      }
    }
    double[] flat = rois.stream().mapToDouble(Double::doubleValue).toArray();
    Operand rows = Operand.f32(Shape.of(flat.length / 5, 5), flat);
    Operand levels = bench.one(new RoiLevels(2, 5, 4, 224, 1), rows);
    Comparison.exact("levels", golden.tensor("pooler/levels").values(), levels.values());
    in.add(0, levels);
    in.add(0, rows);
    Grid grid = new Grid(7, 7, c.get("sampling_ratio").asInt(), false);
    Operand y = bench.run(new RoiAlign(grid, scales), in).get(0);
    Bench.close("output", golden.nhwc("pooler/output"), y, TOLERANCE);
  }

  private void targets(int size) {
    double[] instance = golden.tensor("mask_target/poly_instance").values();
    Operand boxes = golden.tensor("mask_target/boxes");
    int count = boxes.spec().shape().dim(0);
    int[] ranges = new int[count + 1];
    for (double i : instance) {
      ranges[(int) i + 1]++;
    }
    for (int i = 0; i < count; i++) {
      ranges[i + 1] += ranges[i];
    }
    Operand got =
        bench.one(
            new MaskTargets(size),
            boxes,
            Operand.i32(IntStream.range(0, count).toArray()),
            golden.tensor("mask_target/poly_coords"),
            golden.tensor("mask_target/poly_offsets"),
            Operand.i32(ranges));
    Comparison.exact("targets", golden.tensor("mask_target/" + size).values(), got.values());
  }

  private void paste(String masks, String rle) {
    Operand m = golden.tensor(masks);
    int count = m.spec().shape().dim(0);
    int side = m.spec().shape().dim(3);
    Operand boxes = Bench.rows(golden.tensor("paste/boxes"), 0, count);
    Operand got = bench.one(new MaskPaste(80, 100, 0.5, 1), m.reshape(count, side, side), boxes);
    for (int d = 0; d < count; d++) {
      String counts = golden.json("paste").get(rle).get(d).get("counts").asText();
      double[] expected = decode(counts, 80, 100);
      Comparison.exact("mask " + d, expected, Bench.rows(got, d, d + 1).values());
    }
  }

  /**
   * A compressed COCO run-length string as row-major mask: numbers in groups of five bits from the
   * character 48 on, the sixth bit continues, signed; from the fourth on the difference to the last
   * but one. Runs are column-major and start with zeros.
   */
  private static double[] decode(String s, int height, int width) {
    double[] mask = new double[height * width];
    List<Long> runs = new ArrayList<>();
    int at = 0;
    int pixel = 0;
    while (at < s.length()) {
      long value = 0;
      int shift = 0;
      int c;
      do {
        c = s.charAt(at++) - 48;
        value |= (long) (c & 31) << shift;
        shift += 5;
      } while ((c & 32) != 0);
      if ((c & 16) != 0) {
        value |= -1L << shift;
      }
      int k = runs.size();
      runs.add(k > 2 ? value + runs.get(k - 2) : value);
      for (long i = 0; i < runs.get(k); i++, pixel++) {
        mask[pixel % height * width + pixel / height] = k % 2;
      }
    }
    return mask;
  }
}
