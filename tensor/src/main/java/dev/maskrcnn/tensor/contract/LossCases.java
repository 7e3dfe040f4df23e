package dev.maskrcnn.tensor.contract;

import static dev.maskrcnn.tensor.contract.Workload.of;

import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SmoothL1Backward;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropyBackward;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;

/** Losses and their gradients. */
final class LossCases {
  private LossCases() {}

  static void collect(CaseList list) {
    Draw draw = new Draw(6);
    for (int[] s : new int[][] {{1, 1}, {12, 5}, {33, 81}, {512, 81}, {0, 5}}) {
      crossEntropy(list, draw.gauss(0, 3, s), draw.ints(-1, s[1], s[0]), "");
    }
    Operand wide = Operand.f32(Shape.of(2, 3), 1000, 0, -1000, -100, 100, 0);
    crossEntropy(list, wide, Operand.i32(2, 1), " large logits");
    crossEntropy(list, draw.normal(3, 4), Operand.i32(-1, -1, -1), " all ignored");
    for (int[] s : new int[][] {{1}, {31}, {40}, {7, 28, 28}, {65537}, {0}}) {
      binary(list, draw.gauss(0, 3, s), draw.steps(-1, 2, s), "");
    }
    binary(list, draw.normal(33), draw.uniform(0, 1, 33), " soft targets");
    Operand extreme = Operand.f32(Shape.of(4), 1000, -1000, 90, -90);
    binary(list, extreme, Operand.f32(Shape.of(4), 0, 1, 1, 0), " large logits");
    binary(list, draw.normal(5), Operand.f32(Shape.of(5), -1, -1, -1, -1, -1), " all ignored");
    for (double beta : new double[] {1, 1.0 / 9, 0}) {
      for (int rows : new int[] {1, 33, 1025, 0}) {
        Operand target = draw.gauss(0, 0.5, rows, 4);
        smoothL1(list, draw.gauss(0, 0.5, rows, 4), target, draw.ints(-1, 3, rows), beta);
      }
      Operand same = draw.normal(3, 4);
      smoothL1(list, same, same, Operand.i32(1, 1, 1), beta);
      smoothL1(list, draw.normal(3, 4), same, Operand.i32(0, 0, -1), beta);
      smoothL1(list, draw.normal(3, 4), same, Operand.i32(-1, -1, -1), beta);
    }
  }

  private static final Operand DLOSS = Operand.f32(Shape.of(), 0.75);

  private static void crossEntropy(CaseList list, Operand logits, Operand label, String note) {
    String name = logits.spec().shape() + note;
    list.add(name, new SoftmaxCrossEntropy(), logits, label);
    int width = logits.spec().shape().dim(1);
    double[] softmax = new double[logits.values().length];
    for (int at = 0; at < softmax.length; at += width) {
      double largest = Arrays.stream(logits.values(), at, at + width).max().orElseThrow();
      double sum = 0;
      for (int k = at; k < at + width; k++) {
        softmax[k] = Math.exp(logits.values()[k] - largest);
        sum += softmax[k];
      }
      for (int k = at; k < at + width; k++) {
        softmax[k] /= sum;
      }
    }
    Operand p = Operand.f32(logits.spec().shape(), softmax);
    list.add(name, new SoftmaxCrossEntropyBackward(), DLOSS, p, label);
  }

  private static void binary(CaseList list, Operand logits, Operand target, String note) {
    String name = logits.spec().shape() + note;
    list.add(name, new BinaryCrossEntropy(), logits, target);
    list.add(name, new BinaryCrossEntropyBackward(), DLOSS, logits, target);
  }

  private static void smoothL1(
      CaseList list, Operand prediction, Operand target, Operand label, double beta) {
    String name =
        prediction.spec().shape()
            + (prediction == target ? ", no difference" : "")
            + (label.values().length == 3 ? ", labels " + Arrays.toString(label.values()) : "");
    list.add(name, new SmoothL1(beta), prediction, target, label);
    list.add(name, new SmoothL1Backward(beta), DLOSS, prediction, target, label);
  }

  static void benchmarks(CaseList list) {
    list.bench("512-rois", m -> of(new SoftmaxCrossEntropy(), scores(m), classes(m)));
    list.bench(
        "512-rois", m -> of(new SoftmaxCrossEntropyBackward(), m.one(), scores(m), classes(m)));
    list.bench("masks", m -> of(new BinaryCrossEntropy(), masks(m), masks(m)));
    list.bench("masks", m -> of(new BinaryCrossEntropyBackward(), m.one(), masks(m), masks(m)));
    SmoothL1 l1 = new SmoothL1(1 / 9.0);
    SmoothL1Backward backward = new SmoothL1Backward(1 / 9.0);
    list.bench("anchors", m -> of(l1, deltas(m), deltas(m), fewPositive(m)));
    list.bench("anchors", m -> of(backward, m.one(), deltas(m), deltas(m), fewPositive(m)));
  }

  private static Input scores(ModelInputs m) {
    return m.positive(m.images * m.size.sampled(), ModelSize.CLASSES);
  }

  private static Operand classes(ModelInputs m) {
    return m.ints(0, ModelSize.CLASSES, m.images * m.size.sampled());
  }

  private static Input masks(ModelInputs m) {
    return m.positive(m.images * m.size.masks(), 28, 28);
  }

  private static Input deltas(ModelInputs m) {
    return m.map(m.images * m.size.anchors(), 4);
  }

  private static Operand fewPositive(ModelInputs m) {
    return m.ints(-2000, 2, m.images * m.size.anchors());
  }
}
