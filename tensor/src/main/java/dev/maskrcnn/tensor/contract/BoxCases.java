package dev.maskrcnn.tensor.contract;

import static dev.maskrcnn.tensor.contract.Workload.moving;
import static dev.maskrcnn.tensor.contract.Workload.of;

import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.op.Boxes.AnchorsVisible;
import dev.maskrcnn.tensor.op.Boxes.AppendBoxes;
import dev.maskrcnn.tensor.op.Boxes.AssignLabels;
import dev.maskrcnn.tensor.op.Boxes.BoxDecode;
import dev.maskrcnn.tensor.op.Boxes.BoxEncode;
import dev.maskrcnn.tensor.op.Boxes.BoxIou;
import dev.maskrcnn.tensor.op.Boxes.BoxesAtLeast;
import dev.maskrcnn.tensor.op.Boxes.ClipBoxes;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import dev.maskrcnn.tensor.op.Boxes.MatchBoxes;
import dev.maskrcnn.tensor.op.Boxes.RoisAt;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;

/** Anchors, box arithmetic, and matching. */
final class BoxCases {
  private static final double CLAMP = Math.log(1000.0 / 16);
  private static final int TRUTHS = ModelSize.TRUTHS;
  private static final CoderWeights WEIGHTS = new CoderWeights(10, 10, 5, 5);

  /** Three shapes around the middle of a cell of stride 4. */
  private static final List<Float> THREE =
      List.of(-22f, -10f, 25f, 13f, -14f, -14f, 17f, 17f, -10f, -22f, 13f, 25f);

  private BoxCases() {}

  static void collect(CaseList list) {
    Draw draw = new Draw(7);
    anchors(list, draw);
    overlap(list, draw);
    match(list, draw);
    labels(list, draw);
    coder(list, draw);
    simple(list, draw);
    append(list, draw);
  }

  private static void anchors(CaseList list, Draw draw) {
    list.exact("three per place", new AnchorGrid(5, 7, 4, 4, THREE));
    list.exact("one row", new AnchorGrid(1, 33, 16, 8, List.of(-0.5f, 0.25f, 3.7f, 9f)));
    list.exact("nothing", new AnchorGrid(0, 4, 8, 8, THREE));
    list.exact("large", new AnchorGrid(100, 137, 4, 4, THREE));
    Operand sizes = Operand.i32(Shape.of(3, 2), 37, 61, 48, 64, 1, 1);
    for (double margin : new double[] {0, -1, 10}) {
      String name = "margin " + margin;
      list.exact(name, new AnchorsVisible(margin), draw.boxes(64, 40, 129), sizes);
      // Coordinates on the border itself.
      Operand whole = draw.steps(-11, 75, 65, 4);
      list.exact(name + ", on the border", new AnchorsVisible(margin), whole, sizes);
    }
    list.exact("no anchor", new AnchorsVisible(0), draw.boxes(64, 40, 0), sizes);
  }

  private static void overlap(CaseList list, Draw draw) {
    for (double offset : new double[] {0, 1}) {
      list.add(1e-6, "", new BoxIou(offset), draw.boxes(50, 40, 9), draw.boxes(50, 40, 33));
      list.add(1e-6, "far", new BoxIou(offset), draw.boxes(900, 9, 7), draw.boxes(900, 9, 5));
      list.add(1e-6, "none", new BoxIou(offset), draw.boxes(50, 40, 0), draw.boxes(50, 40, 3));
      Operand odd = Operand.f32(Shape.of(3, 4), 5, 5, 5, 5, 9, 9, 3, 3, 0, 0, 10, 10);
      list.add(1e-6, "point and inverted", new BoxIou(offset), odd, draw.boxes(9, 9, 4));
    }
  }

  private static void match(CaseList list, Draw draw) {
    double[][] rules = {{0.7, 0.3, 1}, {0.5, 0.5, 0}, {0.5, 0.4, 1}};
    for (double[] rule : rules) {
      for (double offset : new double[] {0, 1}) {
        MatchBoxes op = new MatchBoxes(rule[0], rule[1], rule[2] > 0, offset);
        Operand truth = draw.boxes(100, 60, 3, 7);
        Operand counts = Operand.i32(7, 0, 3);
        Operand boxes = draw.boxes(100, 60, 3, 257);
        list.exact("own boxes", op, truth, counts, boxes, Operand.i32(257, 31, 0));
        Operand shared = draw.boxes(100, 60, 1, 1031);
        list.exact("shared boxes", op, truth, counts, shared, Operand.i32(1031, 1031, 33));
        Operand twins = twins(draw);
        list.exact("equal boxes", op, twins, Operand.i32(6), twins, Operand.i32(6));
        Operand far = draw.boxes(3000, 9, 1, 65);
        list.exact("hardly any overlap", op, far, Operand.i32(40), far, Operand.i32(65));
        Operand none = draw.boxes(9, 9, 2, 0);
        Operand zero = Operand.i32(0, 0);
        list.exact("no truth", op, none, zero, draw.boxes(9, 9, 2, 5), Operand.i32(5, 3));
        list.exact("no box", op, draw.boxes(9, 9, 2, 3), Operand.i32(3, 1), none, zero);
      }
    }
    // 16·10/(16·20) = 0.5 and 3/10 exactly, without offset.
    Operand truth = Operand.f32(Shape.of(1, 2, 4), 0, 0, 16, 20, 100, 0, 110, 10);
    Operand at = Operand.f32(Shape.of(1, 3, 4), 0, 0, 16, 10, 100, 0, 110, 3, 50, 50, 60, 60);
    Operand two = Operand.i32(2);
    Operand three = Operand.i32(3);
    list.exact("at 0.5", new MatchBoxes(0.5, 0.5, false, 0), truth, two, at, three);
    list.exact("at 0.5, low 0.25", new MatchBoxes(0.5, 0.25, true, 0), truth, two, at, three);
    list.exact("above 0.5", new MatchBoxes(0.75, 0.5, false, 0), truth, two, at, three);
  }

  /** Six boxes of which two pairs are equal: exact ties in rows and columns. */
  private static Operand twins(Draw draw) {
    double[] v = draw.boxes(30, 25, 6).values().clone();
    System.arraycopy(v, 0, v, 8, 4);
    System.arraycopy(v, 4, v, 20, 4);
    return Operand.f32(Shape.of(1, 6, 4), v);
  }

  private static void labels(CaseList list, Draw draw) {
    Operand match = draw.ints(-2, 5, 3, 129);
    Operand labels = draw.ints(1, 81, 3, 5);
    list.exact("plain", new AssignLabels(false), match, labels);
    list.exact("visible", new AssignLabels(true), match, labels, draw.flags(0.6, 3, 129));
    Operand background = draw.ints(-2, 0, 2, 33);
    list.exact("no truth", new AssignLabels(false), background, draw.ints(1, 2, 2, 0));
    list.exact("nothing", new AssignLabels(false), draw.ints(0, 1, 2, 0), draw.ints(1, 2, 2, 3));
  }

  private static void coder(CaseList list, Draw draw) {
    CoderWeights[] weights = {new CoderWeights(1, 1, 1, 1), WEIGHTS};
    for (CoderWeights w : weights) {
      for (double offset : new double[] {0, 1}) {
        BoxEncode encode = new BoxEncode(w, offset);
        list.add("rows", encode, draw.boxes(300, 90, 33), draw.boxes(300, 90, 33));
        list.add("batch", encode, draw.boxes(300, 90, 2, 65), draw.boxes(300, 90, 2, 65));
        list.add("shared", encode, draw.boxes(300, 90, 1, 31), draw.boxes(300, 90, 3, 31));
        list.add("nothing", encode, draw.boxes(9, 9, 0), draw.boxes(9, 9, 0));
        BoxDecode decode = new BoxDecode(w, offset, CLAMP);
        list.add("one class", decode, draw.boxes(300, 90, 2, 33), draw.normal(2, 33, 4));
        list.add("classes", decode, draw.boxes(300, 90, 2, 31), draw.normal(2, 31, 12));
        list.add("shared", decode, draw.boxes(300, 90, 1, 65), draw.normal(3, 65, 4));
        list.add("clamped", decode, draw.boxes(90, 90, 1, 65), draw.gauss(0, 30, 1, 65, 4));
        list.add("nothing", decode, draw.boxes(9, 9, 2, 0), draw.normal(2, 0, 8));
      }
    }
  }

  private static void simple(CaseList list, Draw draw) {
    Operand sizes = Operand.i32(Shape.of(2, 2), 80, 100, 37, 61);
    for (double offset : new double[] {0, 1}) {
      list.exact("rows", new ClipBoxes(offset), draw.gauss(40, 80, 2, 33, 4), sizes);
      list.exact("classes", new ClipBoxes(offset), draw.gauss(40, 80, 2, 31, 12), sizes);
      list.exact("nothing", new ClipBoxes(offset), draw.normal(2, 0, 4), sizes);
      list.exact("", new BoxesAtLeast(10, offset), draw.boxes(90, 20, 2, 65));
      list.exact("zero", new BoxesAtLeast(0, offset), draw.gauss(0, 2, 2, 33, 4));
      list.exact("whole", new BoxesAtLeast(3, offset), draw.steps(0, 9, 2, 129, 4));
    }
    Operand index = Operand.i32(0, -1, 8, 4, 9, -1, 3);
    list.exact("", new RoisAt(), draw.boxes(90, 20, 2, 5), index);
    list.exact("nothing asked", new RoisAt(), draw.boxes(90, 20, 2, 5), Operand.i32());
    list.exact("only padding", new RoisAt(), draw.boxes(90, 20, 2, 0), Operand.i32(-1, -1));
  }

  private static void append(CaseList list, Draw draw) {
    Operand boxes = draw.boxes(90, 20, 3, 9);
    Operand counts = Operand.i32(9, 0, 4);
    Operand truth = draw.boxes(90, 20, 3, 5);
    list.exact("", new AppendBoxes(), boxes, counts, truth, Operand.i32(5, 2, 0));
    Operand none = draw.boxes(90, 20, 3, 0);
    list.exact("no truth", new AppendBoxes(), boxes, counts, none, Operand.i32(0, 0, 0));
    list.exact(
        "no proposal", new AppendBoxes(), none, Operand.i32(0, 0, 0), truth, Operand.i32(5, 0, 1));
  }

  static void benchmarks(CaseList list) {
    list.bench("p2", m -> of(new AnchorGrid(m.size.rows(0), m.size.columns(0), 4, 4, THREE)));
    list.bench(
        "anchors", m -> of(new AnchorsVisible(0), m.boxes(m.size.anchors()), m.imageSizes()));
    list.bench(
        "anchors-60-objects",
        m ->
            of(
                new MatchBoxes(0.7, 0.3, true, 1),
                m.boxes(m.images, TRUTHS),
                m.all(TRUTHS, m.images),
                m.boxes(1, m.size.anchors()),
                m.all(m.size.anchors(), m.images)));
    list.bench(
        "anchors",
        m ->
            of(
                new AssignLabels(true),
                m.ints(-2, TRUTHS, m.images, m.size.anchors()),
                m.ints(1, ModelSize.CLASSES, m.images, TRUTHS),
                m.set(m.images, m.size.anchors())));
    list.bench("anchors", m -> of(new BoxEncode(WEIGHTS, 1), anchors(m), anchors(m)));
    list.bench("anchors", m -> of(new ClipBoxes(1), anchors(m), m.imageSizes()));
    list.bench("anchors", m -> of(new BoxesAtLeast(1, 1), anchors(m)));
    list.bench("60-x-2000", m -> of(new BoxIou(1), m.boxes(TRUTHS), m.boxes(m.size.proposals())));
    list.bench(
        "60-objects",
        m ->
            of(
                new AppendBoxes(),
                proposals(m),
                m.all(m.size.proposals(), m.images),
                m.boxes(m.images, TRUTHS),
                m.all(TRUTHS, m.images)));
    list.bench(
        "512-of-2000",
        m ->
            moving(
                new RoisAt(),
                proposals(m),
                m.ints(0, m.images * m.size.proposals(), m.images * m.size.sampled())));
    list.bench(
        "1000-x-81-classes",
        m ->
            of(
                new BoxDecode(WEIGHTS, 1, CLAMP),
                m.boxes(m.images, m.size.detected()),
                m.map(m.images, m.size.detected(), 4 * ModelSize.CLASSES)));
  }

  private static Operand anchors(ModelInputs m) {
    return m.boxes(m.images, m.size.anchors());
  }

  private static Operand proposals(ModelInputs m) {
    return m.boxes(m.images, m.size.proposals());
  }
}
