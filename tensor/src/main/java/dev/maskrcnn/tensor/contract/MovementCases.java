package dev.maskrcnn.tensor.contract;

import static dev.maskrcnn.tensor.contract.Workload.moving;
import static dev.maskrcnn.tensor.contract.Workload.of;

import dev.maskrcnn.tensor.op.Movement.BatchGather;
import dev.maskrcnn.tensor.op.Movement.Concat;
import dev.maskrcnn.tensor.op.Movement.GatherRows;
import dev.maskrcnn.tensor.op.Movement.GatherRowsBackward;
import dev.maskrcnn.tensor.op.Movement.SelectClass;
import dev.maskrcnn.tensor.op.Movement.SelectClassBackward;
import dev.maskrcnn.tensor.op.Movement.Slice;
import dev.maskrcnn.tensor.op.Movement.SliceBackward;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;

/** Ops that move elements. */
final class MovementCases {
  private static final int CLASSES = ModelSize.CLASSES;
  private static final int SIDE = 28;

  private MovementCases() {}

  static void collect(CaseList list) {
    Draw draw = new Draw(3);
    concat(list, draw);
    slice(list, draw);
    gather(list, draw);
    batchGather(list, draw);
    classes(list, draw);
  }

  private static void concat(CaseList list, Draw draw) {
    list.exact("one input", new Concat(0), draw.normal(33));
    list.exact("vectors", new Concat(0), draw.normal(31), draw.normal(1), draw.normal(33));
    list.exact("rows", new Concat(0), draw.normal(2, 7), draw.normal(0, 7), draw.normal(5, 7));
    list.exact("columns", new Concat(1), draw.normal(9, 7), draw.normal(9, 1), draw.normal(9, 32));
    list.exact(
        "levels",
        new Concat(1),
        draw.normal(2, 129, 4),
        draw.normal(2, 33, 4),
        draw.normal(2, 9, 4),
        draw.normal(2, 3, 4),
        draw.normal(2, 1, 4));
    list.exact("channels", new Concat(3), draw.normal(2, 3, 5, 7), draw.normal(2, 3, 5, 2));
    list.exact("integers", new Concat(1), draw.ints(-5, 5, 2, 3), draw.ints(-5, 5, 2, 4));
    list.exact("flags", new Concat(0), draw.flags(0.5, 2, 3), draw.flags(0.5, 4, 3));
    list.exact("large", new Concat(0), draw.normal(65537), draw.normal(65535));
  }

  private static void slice(CaseList list, Draw draw) {
    Object[][] cases = {
      {"vector", 0, 2, 31, new int[] {65}},
      {"nothing", 0, 3, 0, new int[] {5, 2}},
      {"whole", 1, 0, 7, new int[] {3, 7}},
      {"rows", 0, 1, 2, new int[] {4, 33}},
      {"columns", 1, 5, 33, new int[] {9, 40}},
      {"middle axis", 1, 2, 3, new int[] {2, 6, 5, 7}},
      {"channels", 3, 1, 4, new int[] {2, 3, 4, 9}},
      {"large", 0, 100, 65537, new int[] {70000}},
    };
    for (Object[] c : cases) {
      int axis = (int) c[1];
      int start = (int) c[2];
      int length = (int) c[3];
      int[] dims = (int[]) c[4];
      list.exact((String) c[0], new Slice(axis, start, length), draw.normal(dims));
      int[] small = Shape.of(dims).with(axis, length).dims();
      list.exact((String) c[0], new SliceBackward(axis, start, dims[axis]), draw.normal(small));
    }
    list.exact("integers", new Slice(1, 1, 2), draw.ints(0, 9, 3, 5));
    list.exact("flags", new Slice(0, 1, 2), draw.flags(0.5, 4, 5));
  }

  private static void gather(CaseList list, Draw draw) {
    Operand index = Operand.i32(4, 0, -1, 4, 2, -1, 2, 1);
    list.exact("rows", new GatherRows(), draw.normal(5, 7), index);
    list.exact("vector", new GatherRows(), draw.normal(5), index);
    list.exact("images", new GatherRows(), draw.normal(5, 3, 2, 33), index);
    list.exact("integers", new GatherRows(), draw.ints(-9, 9, 5, 3), index);
    list.exact("flags", new GatherRows(), draw.flags(0.5, 5, 3), index);
    list.exact("nothing asked", new GatherRows(), draw.normal(5, 4), Operand.i32());
    list.exact("nothing there", new GatherRows(), draw.normal(0, 4), Operand.i32(-1, -1));
    list.exact("many", new GatherRows(), draw.normal(1000, 65), draw.ints(-1, 1000, 1023));
    list.add("rows", new GatherRowsBackward(5), draw.normal(8, 7), index);
    list.add("vector", new GatherRowsBackward(6), draw.normal(8), index);
    list.add("nothing asked", new GatherRowsBackward(3), draw.normal(0, 4), Operand.i32());
    list.add(
        "many into few", new GatherRowsBackward(7), draw.normal(1023, 33), draw.ints(-1, 7, 1023));
  }

  private static void batchGather(CaseList list, Draw draw) {
    Operand index = Operand.i32(Shape.of(2, 4), 3, 0, -1, 3, -2, 1, 2, -1);
    list.exact("boxes", new BatchGather(), draw.normal(2, 4, 4), index);
    list.exact("shared boxes", new BatchGather(), draw.normal(1, 4, 4), index);
    list.exact("scores", new BatchGather(), draw.normal(2, 4), index);
    list.exact("shared scores", new BatchGather(), draw.normal(1, 4), index);
    list.exact("labels", new BatchGather(), draw.ints(0, 81, 2, 4), index);
    list.exact("flags", new BatchGather(), draw.flags(0.5, 2, 4), index);
    list.exact("nothing", new BatchGather(), draw.normal(2, 4, 4), draw.ints(0, 1, 2, 0));
    list.exact(
        "no rows", new BatchGather(), draw.normal(2, 0, 4), Operand.i32(Shape.of(2, 1), -1, -1));
    list.exact("many", new BatchGather(), draw.normal(3, 513, 5), draw.ints(-1, 513, 3, 1000));
  }

  private static void classes(CaseList list, Draw draw) {
    Object[][] cases = {
      {"box deltas", 4, new int[] {5, 1, 12}},
      {"mask channels", 1, new int[] {6, 49, 81}},
      {"one class", 4, new int[] {3, 2, 4}},
      {"no rows", 4, new int[] {0, 1, 8}},
      {"large", 1, new int[] {9, 784, 11}},
    };
    for (Object[] c : cases) {
      int width = (int) c[1];
      int[] dims = (int[]) c[2];
      Operand label = draw.ints(-1, dims[2] / width, dims[0]);
      list.exact((String) c[0], new SelectClass(width), draw.normal(dims), label);
      Operand dy = draw.normal(dims[0], dims[1], width);
      list.exact((String) c[0], new SelectClassBackward(dims[2]), dy, label);
    }
    Operand none = Operand.i32(-1, -1, -1);
    list.exact("no label", new SelectClass(4), draw.normal(3, 1, 8), none);
    list.exact("no label", new SelectClassBackward(8), draw.normal(3, 1, 4), none);
    Operand first = draw.normal(2, 1, 8).as(DType.F32);
    list.exact("first and last", new SelectClass(4), first, Operand.i32(0, 1));
  }

  static void benchmarks(CaseList list) {
    list.bench(
        "levels",
        m ->
            of(
                new Concat(1),
                deltas(m, 0),
                deltas(m, 1),
                deltas(m, 2),
                deltas(m, 3),
                deltas(m, 4)));
    list.bench("level", m -> moving(new Slice(1, m.size.anchors(0), m.size.anchors(1)), deltas(m)));
    list.bench(
        "level", m -> of(new SliceBackward(1, m.size.anchors(0), m.size.anchors()), deltas(m, 1)));
    list.bench("128-of-512-rois", m -> moving(new GatherRows(), rois(m, sampled(m)), positives(m)));
    list.bench(
        "128-of-512-rois",
        m -> of(new GatherRowsBackward(sampled(m)), rois(m, masks(m)), positives(m)));
    list.bench(
        "2000-anchors",
        m ->
            moving(
                new BatchGather(),
                m.map(1, m.size.anchors(), 4),
                m.ints(0, m.size.anchors(), m.images, m.size.proposals())));
    list.bench(
        "masks",
        m -> moving(new SelectClass(1), m.map(masks(m), SIDE * SIDE, CLASSES), classes(m)));
    list.bench(
        "masks",
        m -> of(new SelectClassBackward(CLASSES), m.map(masks(m), SIDE * SIDE, 1), classes(m)));
  }

  private static int sampled(ModelInputs m) {
    return m.images * m.size.sampled();
  }

  private static int masks(ModelInputs m) {
    return m.images * m.size.masks();
  }

  private static Operand classes(ModelInputs m) {
    return m.ints(1, CLASSES, masks(m));
  }

  private static Operand positives(ModelInputs m) {
    return m.ints(0, sampled(m), masks(m));
  }

  private static Input rois(ModelInputs m, int count) {
    return m.map(count, 14, 14, m.size.channels());
  }

  private static Input deltas(ModelInputs m) {
    return m.map(m.images, m.size.anchors(), 4);
  }

  private static Input deltas(ModelInputs m, int level) {
    return m.map(m.images, m.size.anchors(level), 4);
  }
}
