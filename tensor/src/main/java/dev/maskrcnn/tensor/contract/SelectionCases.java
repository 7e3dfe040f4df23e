package dev.maskrcnn.tensor.contract;

import static dev.maskrcnn.tensor.contract.Workload.moving;
import static dev.maskrcnn.tensor.contract.Workload.of;

import dev.maskrcnn.tensor.op.Boxes.DetectionRule;
import dev.maskrcnn.tensor.op.Boxes.IndexWhere;
import dev.maskrcnn.tensor.op.Boxes.Nms;
import dev.maskrcnn.tensor.op.Boxes.SampleBalanced;
import dev.maskrcnn.tensor.op.Boxes.SelectDetections;
import dev.maskrcnn.tensor.op.Boxes.SelectProposals;
import dev.maskrcnn.tensor.op.Boxes.SelectTopK;
import dev.maskrcnn.tensor.op.Masks.ObjectRows;
import dev.maskrcnn.tensor.op.Movement.LabelsAt;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;

/** Choosing rows: by chance, by label, by score, by overlap. */
final class SelectionCases {
  private static final int LEVELS = 5;

  private SelectionCases() {}

  static void collect(CaseList list) {
    Draw draw = new Draw(8);
    sample(list, draw);
    where(list, draw);
    labels(list, draw);
    topK(list, draw);
    nms(list, draw);
    proposals(list, draw);
    detections(list, draw);
  }

  private static void sample(CaseList list, Draw draw) {
    SampleBalanced rpn = new SampleBalanced(256, 0.5, 42, 1000);
    list.exact("all fit", rpn, draw.ints(-1, 3, 2, 65));
    list.exact("few positives", rpn, mostlyZero(draw, 2, 4099));
    list.exact("many positives", rpn, draw.ints(0, 3, 3, 1025));
    list.exact("only negatives", rpn, draw.ints(0, 1, 1, 1000));
    list.exact("only positives", rpn, draw.ints(1, 9, 1, 1000));
    list.exact("all ignored", rpn, draw.ints(-1, 0, 2, 33));
    list.exact("no rows", rpn, draw.ints(0, 1, 2, 0));
    // 0.25·10 is truncated to 2.
    SampleBalanced small = new SampleBalanced(10, 0.25, -7L, 1L << 40);
    list.exact("fraction truncated", small, draw.ints(-1, 81, 4, 129));
    list.exact("large", new SampleBalanced(512, 0.25, 1L << 33, 5), mostlyZero(draw, 1, 65537));
    Operand labels = mostlyZero(draw, 2, 1025);
    list.exact("group 0", rpn, labels, Operand.i32(0));
    list.exact("group 90000", rpn, labels, Operand.i32(90_000));
    list.exact("that group's streams", rpn90000(), labels);
  }

  private static SampleBalanced rpn90000() {
    return new SampleBalanced(256, 0.5, 42, 1000 + 90_000 * SampleBalanced.GROUP);
  }

  private static void labels(CaseList list, Draw draw) {
    Operand labels = draw.ints(-1, 81, 3, 33);
    list.exact("some", new LabelsAt(), labels, Operand.i32(0, 98, -1, 33, 34, -2, 5));
    list.exact("all padding", new LabelsAt(), labels, Operand.i32(-1, -1));
    list.exact("nothing", new LabelsAt(), labels, Operand.i32());
    list.exact("large", new LabelsAt(), draw.ints(0, 99, 65537), draw.ints(-1, 65537, 70001));
    list.exact("some", new ObjectRows(7), draw.ints(-2, 7, 3, 33));
    list.exact("nothing", new ObjectRows(7), draw.ints(-2, 7, 3, 0));
    list.exact("large", new ObjectRows(60), draw.ints(-2, 60, 2, 65537));
  }

  private static Operand mostlyZero(Draw draw, int... dims) {
    Operand random = draw.ints(-20, 21, dims);
    int[] v = new int[random.values().length];
    for (int i = 0; i < v.length; i++) {
      int r = (int) random.values()[i];
      v[i] = r == 20 ? 1 : r < -15 ? -1 : 0;
    }
    return Operand.i32(Shape.of(dims), v);
  }

  private static void where(CaseList list, Draw draw) {
    Operand labels = draw.ints(-1, 2, 3, 33);
    list.exact("positives", new IndexWhere(1, 64), labels);
    list.exact("not ignored", new IndexWhere(0, 128), labels);
    list.exact("beyond the capacity", new IndexWhere(0, 31), labels);
    list.exact("none", new IndexWhere(5, 7), labels);
    list.exact("nothing", new IndexWhere(0, 3), draw.ints(0, 1, 0));
    list.exact("large", new IndexWhere(1, 40000), draw.ints(-1, 2, 65537));
  }

  private static void topK(CaseList list, Draw draw) {
    list.exact("some", new SelectTopK(31), draw.normal(3, 129));
    list.exact("all", new SelectTopK(64), draw.normal(2, 33));
    list.exact("one", new SelectTopK(1), draw.normal(4, 257));
    list.exact("ties", new SelectTopK(20), draw.steps(0, 4, 3, 65));
    list.exact("all equal", new SelectTopK(5), draw.steps(1, 2, 2, 33));
    Operand zeros = Operand.f32(Shape.of(1, 5), -0.0, 0, -1, 0, -0.0);
    list.exact("zeros of both signs", new SelectTopK(3), zeros);
    list.exact("nothing", new SelectTopK(5), draw.normal(2, 0));
    list.exact("large", new SelectTopK(2000), draw.normal(2, 65537));
    list.exact("large with ties", new SelectTopK(1000), draw.steps(0, 300, 1, 65537));
  }

  private static void nms(CaseList list, Draw draw) {
    for (double threshold : new double[] {0.3, 0.5, 0.7}) {
      for (double offset : new double[] {0, 1}) {
        Nms op = new Nms(threshold, 1000, offset);
        String name = threshold + " offset " + offset;
        Operand boxes = draw.boxes(60, 40, 3, 129);
        Operand scores = draw.uniform(0, 1, 3, 129);
        list.exact(name, op, boxes, scores, draw.flags(1.1, 3, 129));
        list.exact(name + ", some invalid", op, boxes, scores, draw.flags(0.7, 3, 129));
        list.exact(name + ", none valid", op, boxes, scores, draw.flags(-1, 3, 129));
        Operand steps = draw.steps(0, 5, 3, 129);
        list.exact(name + ", equal scores", op, boxes, steps, draw.flags(0.9, 3, 129));
        list.exact(
            name + ", few kept",
            new Nms(threshold, 7, offset),
            boxes,
            scores,
            draw.flags(1.1, 3, 129));
      }
    }
    // IoU of the second with the first is exactly 0.5, which is not above 0.5.
    Operand half = Operand.f32(Shape.of(1, 3, 4), 0, 0, 16, 20, 0, 0, 16, 10, 0, 0, 16, 11);
    Operand scores = Operand.f32(Shape.of(1, 3), 0.9, 0.8, 0.7);
    list.exact("at the threshold", new Nms(0.5, 3, 0), half, scores, draw.flags(1.1, 1, 3));
    Operand none = draw.boxes(9, 9, 2, 0);
    list.exact("no box", new Nms(0.5, 3, 1), none, draw.normal(2, 0), draw.flags(1, 2, 0));
    list.exact(
        "one box",
        new Nms(0.5, 3, 1),
        draw.boxes(9, 9, 1, 1),
        draw.uniform(0, 1, 1, 1),
        draw.flags(1.1, 1, 1));
    list.exact(
        "level sized",
        new Nms(0.7, 1000, 1),
        draw.boxes(600, 150, 1, 2000),
        descending(draw, 2000),
        draw.flags(0.95, 1, 2000));
  }

  /** Scores as a top-k gives them. */
  private static Operand descending(Draw draw, int count) {
    double[] v = draw.uniform(0, 1, count).values();
    Arrays.sort(v);
    for (int i = 0; i < count / 2; i++) {
      double swap = v[i];
      v[i] = v[count - 1 - i];
      v[count - 1 - i] = swap;
    }
    return Operand.f32(Shape.of(1, count), v);
  }

  private static void proposals(CaseList list, Draw draw) {
    for (boolean across : new boolean[] {true, false}) {
      String name = across ? "of the batch" : "of each image";
      Operand boxes = draw.boxes(90, 40, 3, 129);
      Operand scores = draw.uniform(-0.3, 1, 3, 129);
      list.exact(name, new SelectProposals(40, across), boxes, scores);
      list.exact(name + ", all", new SelectProposals(2000, across), boxes, scores);
      Operand ties = draw.steps(-1, 4, 3, 129);
      list.exact(name + ", ties", new SelectProposals(33, across), boxes, ties);
      Operand absent = draw.uniform(-1, -0.5, 3, 129);
      list.exact(name + ", none", new SelectProposals(33, across), boxes, absent);
      list.exact(
          name + ", no rows",
          new SelectProposals(9, across),
          draw.boxes(9, 9, 2, 0),
          draw.normal(2, 0));
      list.exact(
          name + ", large",
          new SelectProposals(1000, across),
          draw.boxes(900, 90, 2, 4500),
          draw.uniform(-0.2, 1, 2, 4500));
    }
  }

  private static void detections(CaseList list, Draw draw) {
    for (boolean ties : new boolean[] {true, false}) {
      for (int limit : new int[] {0, 1, 12}) {
        DetectionRule rule = new DetectionRule(0.05, 0.5, limit, ties, 0);
        String name = "limit " + limit + (ties ? " with ties" : "");
        SelectDetections op = new SelectDetections(rule, ties ? 1 : 0, 100);
        Operand counts = Operand.i32(33, 0, 20);
        Operand boxes = draw.boxes(80, 50, 3, 33, 6).reshape(3, 33, 24);
        list.exact(name, op, boxes, draw.uniform(0, 0.4, 3, 33, 6), counts);
        Operand steps = eighths(draw, 3, 33, 6);
        list.exact(name + ", equal scores", op, boxes, steps, counts);
        SelectDetections tight = new SelectDetections(rule, 1, 9);
        list.exact(name + ", small capacity", tight, boxes, steps, counts);
        DetectionRule sized = new DetectionRule(0.1, 0.3, limit, ties, 20);
        SelectDetections large = new SelectDetections(sized, 0, 50);
        list.exact(name + ", minimum size", large, boxes, steps, counts);
        Operand none = draw.boxes(9, 9, 2, 0, 3).reshape(2, 0, 12);
        list.exact(name + ", no rows", op, none, draw.normal(2, 0, 3), Operand.i32(0, 0));
      }
    }
    DetectionRule coco = new DetectionRule(0.05, 0.5, 100, true, 0);
    Operand boxes = draw.boxes(500, 90, 1, 257, 21).reshape(1, 257, 84);
    Operand scores = draw.uniform(-1, 1, 1, 257, 21);
    SelectDetections op = new SelectDetections(coco, 1, 128);
    list.exact("many classes", op, boxes, scores, Operand.i32(257));
  }

  /** Scores in steps of an eighth. */
  private static Operand eighths(Draw draw, int... dims) {
    double[] v = draw.steps(0, 8, dims).values();
    return Operand.f32(Shape.of(dims), Arrays.stream(v).map(x -> x / 8).toArray());
  }

  static void benchmarks(CaseList list) {
    list.bench(
        "256-anchors",
        m -> of(new SampleBalanced(256, 0.5, 1, 0), mostlyZero(m, m.images, m.size.anchors())));
    list.bench(
        "samples",
        m ->
            of(
                new IndexWhere(0, m.images * m.size.sampled()),
                m.ints(-512, 2, m.images, m.size.anchors())));
    list.bench(
        "samples",
        m ->
            moving(
                new LabelsAt(),
                m.ints(-1, ModelSize.CLASSES, m.images, m.size.proposals()),
                m.ints(0, m.images * m.size.proposals(), m.images * m.size.sampled())));
    list.bench(
        "proposals",
        m ->
            of(
                new ObjectRows(ModelSize.TRUTHS),
                m.ints(-2, ModelSize.TRUTHS, m.images, m.size.proposals())));
    list.bench(
        "2000-of-p2",
        m ->
            of(
                new SelectTopK(Math.min(m.size.proposals(), m.size.anchors(0))),
                m.uniform(0, 1, m.images, m.size.anchors(0))));
    list.bench("5-levels-of-2000", SelectionCases::levels);
    list.bench(
        "2000-of-5-levels",
        m ->
            of(
                new SelectProposals(m.size.proposals(), true),
                m.boxes(m.images, LEVELS * m.size.proposals()),
                m.uniform(0, 1, m.images, LEVELS * m.size.proposals())));
    DetectionRule coco = new DetectionRule(0.05, 0.5, 100, true, 0);
    list.bench(
        "1000-rois",
        m ->
            of(
                new SelectDetections(coco, 1, 200),
                m.boxes(m.images, m.size.detected(), ModelSize.CLASSES)
                    .reshape(m.images, m.size.detected(), 4 * ModelSize.CLASSES),
                m.probabilities(m.size.detected(), ModelSize.CLASSES),
                m.all(m.size.detected(), m.images)));
  }

  private static Workload levels(ModelInputs m) {
    int rows = LEVELS * m.images;
    int columns = m.size.proposals();
    Nms op = new Nms(0.7, columns, 1);
    return of(op, m.boxes(rows, columns), m.descending(rows, columns), m.set(rows, columns));
  }
}
