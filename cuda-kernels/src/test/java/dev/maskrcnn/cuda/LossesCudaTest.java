package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Comparison;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SmoothL1Backward;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Losses at sizes where the grid repeats, beside the CPU. */
@SuppressWarnings("try") // frames free what is made in them
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LossesCudaTest {
  private static final Operand DLOSS = Operand.f32(Shape.of(), 0.75);

  private final Philox random = new Philox(5, 0);
  private Device cuda;
  private Device cpu;
  private long drawn;

  @BeforeAll
  void open() {
    cuda = CudaTestDevice.open();
    cpu = Device.cpu();
  }

  @AfterAll
  void close() {
    if (cuda != null) {
      cuda.close();
      cpu.close();
    }
  }

  private Operand normal(int... dims) {
    double[] v = new double[(int) Shape.of(dims).size()];
    for (int i = 0; i < v.length; i++) {
      v[i] = random.normal(drawn++);
    }
    return Operand.f32(Shape.of(dims), v);
  }

  /** Labels −1 … most; a share of {@code 1/rare} is not −1. */
  private int[] labels(int n, int most, int rare) {
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      boolean counts = random.uniform(drawn++) * rare < 1;
      labels[i] = counts ? (int) (random.uniform(drawn++) * (most + 1)) : -1;
    }
    return labels;
  }

  private void beside(Op op, Operand... inputs) {
    List<double[]> expected = run(cpu, op, inputs);
    List<double[]> actual = run(cuda, op, inputs);
    for (int i = 0; i < expected.size(); i++) {
      Comparison.close(op.label() + ", output " + i, expected.get(i), actual.get(i), 1e-5);
    }
  }

  private static List<double[]> run(Device device, Op op, Operand... inputs) {
    try (Frame frame = device.push("loss")) {
      List<Tensor> in = Arrays.stream(inputs).map(o -> o.on(device)).toList();
      return device.dispatch(op, in).stream().map(Operand::read).toList();
    }
  }

  /** All anchors of an image; few of them are sampled. */
  @Test
  void smoothL1OfAllAnchors() {
    int anchors = 268_569;
    Operand prediction = normal(anchors, 4);
    Operand target = normal(anchors, 4);
    Operand label = Operand.i32(labels(anchors, 1, 1000));
    beside(new SmoothL1(1.0 / 9), prediction, target, label);
    beside(new SmoothL1Backward(1.0 / 9), DLOSS, prediction, target, label);
  }

  @Test
  void smoothL1OfOddWidth() {
    Operand prediction = normal(301, 7);
    Operand target = normal(301, 7);
    Operand label = Operand.i32(labels(301, 2, 1));
    beside(new SmoothL1(1), prediction, target, label);
    beside(new SmoothL1Backward(1), DLOSS, prediction, target, label);
  }

  @Test
  void crossEntropyOfManyRows() {
    int rows = 8 * 1024 + 13;
    Operand logits = normal(rows, 3);
    Operand label = Operand.i32(labels(rows, 2, 2));
    beside(new SoftmaxCrossEntropy(), logits, label);
    beside(new SoftmaxCrossEntropyBackward(), DLOSS, logits, label);
  }

  @Test
  void crossEntropyOfManyClasses() {
    Operand logits = normal(9, 1231);
    Operand label = Operand.i32(labels(9, 1230, 1));
    beside(new SoftmaxCrossEntropy(), logits, label);
  }

  @Test
  void binaryCrossEntropyOfManyMasks() {
    int n = 1024 * 2048 + 4099;
    Operand logits = normal(n);
    double[] t = new double[n];
    int[] labels = labels(n, 1, 2);
    for (int i = 0; i < n; i++) {
      t[i] = labels[i];
    }
    Operand target = Operand.f32(Shape.of(n), t);
    beside(new BinaryCrossEntropy(), logits, target);
    beside(new BinaryCrossEntropyBackward(), DLOSS, logits, target);
  }

  /** The host would throw; the device must not read outside of the row and must not pass it by. */
  @Test
  void labelBeyondTheClassesMakesTheLossNan() {
    try (Frame frame = cuda.push("bad label")) {
      Tensor logits = cuda.of(Shape.of(2, 3), 1f, 2f, 3f, 4f, 5f, 6f);
      assertTrue(Double.isNaN(logits.crossEntropy(cuda.of(Shape.of(2), 0, 3)).item()));
    }
  }
}
