package dev.maskrcnn.tensor.contract;

import static dev.maskrcnn.tensor.contract.Workload.of;

import dev.maskrcnn.tensor.op.Masks.IgnoreRows;
import dev.maskrcnn.tensor.op.Masks.MaskPaste;
import dev.maskrcnn.tensor.op.Masks.MaskTargets;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Mask targets and pasting. */
final class MaskCases {
  private MaskCases() {}

  static void collect(CaseList list) {
    Draw draw = new Draw(10);
    for (int size : new int[] {1, 7, 14, 28, 33, 56}) {
      targets(list, draw, size);
    }
    Operand none = draw.boxes(9, 9, 0);
    Operand start = Operand.i32(0);
    list.exact("nothing", new MaskTargets(28), none, Operand.i32(), draw.normal(0), start, start);
    list.exact(
        "no polygons",
        new MaskTargets(14),
        draw.boxes(9, 9, 2),
        Operand.i32(-1, -1),
        draw.normal(0),
        start,
        start);
    paste(list, draw);
    list.exact("some", new IgnoreRows(), draw.normal(5, 3, 3), Operand.i32(3, -1, 0, -2, 80));
    list.exact("nothing", new IgnoreRows(), draw.normal(0, 28, 28), Operand.i32());
    list.exact("large", new IgnoreRows(), draw.normal(128, 28, 28), draw.ints(-1, 3, 128));
  }

  /** Stars with 3 to 40 corners, instances of one to three parts, one instance without any. */
  private static void targets(CaseList list, Draw draw, int size) {
    List<Double> coords = new ArrayList<>();
    List<Integer> parts = new ArrayList<>(List.of(0));
    List<Integer> ranges = new ArrayList<>(List.of(0));
    for (int instance = 0; instance < 6; instance++) {
      for (int part = 0; part < instance % 4; part++) {
        star(draw, coords, draw.integer(3, 41));
        parts.add(coords.size());
      }
      ranges.add(parts.size() - 1);
    }
    int[] instance = {1, 2, 3, 5, 0, -1, 2, 3, 5, 1, 3, 2};
    list.exact(
        "" + size,
        new MaskTargets(size),
        draw.boxes(90, 70, instance.length),
        Operand.i32(instance),
        Operand.f32(Shape.of(coords.size()), doubles(coords)),
        Operand.i32(parts.stream().mapToInt(Integer::intValue).toArray()),
        Operand.i32(ranges.stream().mapToInt(Integer::intValue).toArray()));
  }

  private static void star(Draw draw, List<Double> coords, int corners) {
    double x = draw.number(20, 80);
    double y = draw.number(20, 80);
    for (int i = 0; i < corners; i++) {
      double radius = draw.number(5, 45);
      coords.add(x + radius * Math.cos(2 * Math.PI * i / corners));
      coords.add(y + radius * Math.sin(2 * Math.PI * i / corners));
    }
  }

  private static double[] doubles(List<Double> list) {
    return list.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Inside, across two corners, one pixel, outside, a thin one, and the whole image. */
  private static final double[] CORNERS = {
    10.3, 8.7, 60.2, 45.9, //
    -20.4, -9.8, 25.5, 30.1, //
    70.6, 50.2, 130.9, 95.3, //
    30, 30, 30, 30, //
    200, 200, 240, 240, //
    5.5, 5.5, 6.25, 70, //
    0, 0, 99, 79
  };

  private static final Operand BOXES = Operand.f32(Shape.of(7, 4), CORNERS);

  private static void paste(CaseList list, Draw draw) {
    for (int side : new int[] {28, 14, 7}) {
      for (int padding : new int[] {1, 0}) {
        String name = side + " padded by " + padding;
        Operand masks = draw.uniform(0, 1, 7, side, side);
        list.exact(name, new MaskPaste(80, 100, 0.5, padding), masks, BOXES);
        // Grey values are truncated: few pixels, so that none hangs on a rounding.
        Operand two = Operand.f32(Shape.of(2, 4), Arrays.copyOf(CORNERS, 8));
        Operand grey = draw.uniform(0, 1, 2, side, side);
        list.exact(name + ", grey", new MaskPaste(31, 40, -1, padding), grey, two);
      }
    }
    Operand none = draw.normal(0, 28, 28);
    list.exact("nothing", new MaskPaste(40, 33, 0.5, 1), none, draw.boxes(9, 9, 0));
  }

  static void benchmarks(CaseList list) {
    list.bench("128x28x28", MaskCases::targetsOfOutlines);
    list.bench(
        "128x28x28",
        m ->
            of(
                new IgnoreRows(),
                m.positive(m.images * m.size.masks(), 28, 28),
                m.ints(-1, ModelSize.CLASSES, m.images * m.size.masks())));
    list.bench(
        "100-masks",
        m -> {
          int masks = m.images * Math.min(100, m.size.detected());
          MaskPaste op = new MaskPaste(m.size.height(), m.size.width(), 0.5, 1);
          return of(op, m.positive(masks, 28, 28), m.boxes(masks));
        });
  }

  private static Workload targetsOfOutlines(ModelInputs m) {
    int points = 60;
    int rois = m.images * m.size.masks();
    Operand boxes = m.boxes(rois);
    return of(
        new MaskTargets(28),
        boxes,
        Operand.i32(IntStream.range(0, rois).toArray()),
        m.outlines(boxes, points),
        Operand.i32(IntStream.rangeClosed(0, rois).map(i -> i * points * 2).toArray()),
        Operand.i32(IntStream.rangeClosed(0, rois).toArray()));
  }
}
