package dev.maskrcnn.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Philox;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Comparison;
import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.op.LinearAlgebra.RowDots;
import dev.maskrcnn.tensor.op.LinearAlgebra.Sum;
import dev.maskrcnn.tensor.op.LinearAlgebra.SumRows;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.BinaryCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Loss.SmoothL1;
import dev.maskrcnn.tensor.op.Loss.SmoothL1Backward;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropy;
import dev.maskrcnn.tensor.op.Loss.SoftmaxCrossEntropyBackward;
import dev.maskrcnn.tensor.op.Movement.BatchGather;
import dev.maskrcnn.tensor.op.Movement.Concat;
import dev.maskrcnn.tensor.op.Movement.GatherRows;
import dev.maskrcnn.tensor.op.Movement.GatherRowsBackward;
import dev.maskrcnn.tensor.op.Movement.SelectClass;
import dev.maskrcnn.tensor.op.Movement.SelectClassBackward;
import dev.maskrcnn.tensor.op.Movement.Slice;
import dev.maskrcnn.tensor.op.Movement.SliceBackward;
import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.op.Normalization.GroupNormBackward;
import dev.maskrcnn.tensor.op.Normalization.Softmax;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise.Accumulate;
import dev.maskrcnn.tensor.op.Pointwise.Add;
import dev.maskrcnn.tensor.op.Pointwise.Expand;
import dev.maskrcnn.tensor.op.Pointwise.Relu;
import dev.maskrcnn.tensor.op.Pointwise.ReluBackward;
import dev.maskrcnn.tensor.op.Pointwise.ScaleRows;
import dev.maskrcnn.tensor.op.Pointwise.Sigmoid;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2d;
import dev.maskrcnn.tensor.op.Pooling.MaxPool2dBackward;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearest;
import dev.maskrcnn.tensor.op.Pooling.UpsampleNearestBackward;
import dev.maskrcnn.tensor.op.Update.SgdStep;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What the small cases of the contract do not reach: operands of many blocks, tasks and chunks,
 * equality bit for bit whatever the number of threads, and NaN.
 */
class JavaKernelsTest {
  /** An op with inputs by their shapes; the last {@code labels} of them are I32. */
  private record Case(Op op, int labels, Shape... inputs) {}

  private static final Shape PLAIN = Shape.of(3, 201, 701);
  private static final Shape IMAGE = Shape.of(2, 45, 67, 64);
  private static final Shape C = Shape.of(64);

  private static Stream<Case> pointwise() {
    return Stream.of(
        new Case(new Add(), 0, PLAIN, PLAIN),
        new Case(new Relu(), 0, PLAIN),
        new Case(new ReluBackward(), 0, PLAIN, PLAIN),
        new Case(new Sigmoid(), 0, PLAIN),
        new Case(new Accumulate(), 0, PLAIN, PLAIN),
        new Case(new ScaleRows(), 0, PLAIN, Shape.of(3)),
        new Case(new Expand(PLAIN), 0, Shape.of()),
        new Case(new SgdStep(0.02, 0.9, 1e-4, true), 0, PLAIN, PLAIN, PLAIN),
        new Case(new SgdStep(0.02, 0.9, 1e-4, false), 0, PLAIN, PLAIN, PLAIN),
        new Case(new Sum(), 0, PLAIN),
        new Case(new SumRows(), 0, PLAIN),
        new Case(new SumRows(), 0, IMAGE),
        new Case(new SumRows(), 0, Shape.of(50_000, 5)),
        new Case(new RowDots(), 0, PLAIN, PLAIN));
  }

  private static Stream<Case> images() {
    Shape half = Shape.of(2, 23, 34, 64);
    Shape stats = Shape.of(2, 32);
    Shape rows = Shape.of(300, 7, 7, 12);
    return Stream.of(
        new Case(new MaxPool2d(3, 2, 1), 0, IMAGE),
        new Case(new MaxPool2d(3, 1, 1), 0, Shape.of(1, 40, 50, 100)),
        new Case(new MaxPool2d(5, 3, 2), 0, Shape.of(1, 40, 3000, 2)),
        new Case(new UpsampleNearest(90, 134), 0, IMAGE),
        new Case(new UpsampleNearest(101, 100), 0, IMAGE),
        new Case(new UpsampleNearestBackward(23, 34), 0, IMAGE),
        new Case(new UpsampleNearestBackward(11, 30), 0, IMAGE),
        new Case(new UpsampleNearestBackward(90, 100), 0, half),
        new Case(new GroupNorm(32, 1e-5, true), 0, IMAGE, C, C),
        new Case(new GroupNorm(4, 1e-5, false), 0, rows, Shape.of(12), Shape.of(12)),
        new Case(new GroupNormBackward(32), 0, IMAGE, IMAGE, C, stats, stats),
        new Case(new Softmax(), 0, Shape.of(4000, 81)),
        new Case(new Softmax(), 0, Shape.of(30, 5000)));
  }

  private static Stream<Case> labelled() {
    Shape scores = Shape.of(4000, 81);
    Shape boxes = Shape.of(140_001, 4);
    Shape each = Shape.of(140_001);
    Shape masks = Shape.of(64, 196, 81);
    return Stream.of(
        new Case(new SoftmaxCrossEntropy(), 1, scores, Shape.of(4000)),
        new Case(new SoftmaxCrossEntropyBackward(), 1, Shape.of(), scores, Shape.of(4000)),
        new Case(new BinaryCrossEntropy(), 0, PLAIN, PLAIN),
        new Case(new BinaryCrossEntropyBackward(), 0, Shape.of(), PLAIN, PLAIN),
        new Case(new SmoothL1(1 / 9.0), 1, boxes, boxes, each),
        new Case(new SmoothL1Backward(1 / 9.0), 1, Shape.of(), boxes, boxes, each),
        new Case(new GatherRows(), 1, Shape.of(100, 7, 7, 64), Shape.of(333)),
        new Case(new GatherRowsBackward(80), 1, Shape.of(333, 7, 7, 64), Shape.of(333)),
        new Case(new BatchGather(), 1, Shape.of(2, 5000, 4), Shape.of(2, 60_000)),
        new Case(new SelectClass(1), 1, masks, Shape.of(64)),
        new Case(new SelectClassBackward(81), 1, Shape.of(64, 196, 1), Shape.of(64)),
        new Case(new Concat(1), 0, PLAIN, Shape.of(3, 7, 701), PLAIN),
        new Case(new Slice(1, 20, 150), 0, PLAIN),
        new Case(new Slice(2, 699, 2), 0, PLAIN),
        new Case(new SliceBackward(1, 3, 400), 0, PLAIN));
  }

  private static Tensor draw(Device device, Shape shape, boolean label, int stream) {
    Philox random = new Philox(7, stream);
    int n = (int) shape.size();
    if (label) {
      int[] v = new int[n];
      for (int i = 0; i < n; i++) {
        v[i] = (int) (random.uniform(i) * 82) - 2; // −2 … 79: below every count used here
      }
      return device.of(shape, v);
    }
    float[] v = new float[n];
    for (int i = 0; i < n; i++) {
      v[i] = 0.2f + (float) random.normal(i);
    }
    return device.of(shape, v);
  }

  /** Outputs, and inputs as they are afterwards. */
  private static List<double[]> run(Device device, Case c) {
    try (var frame = device.push("case")) {
      List<Tensor> in = new ArrayList<>();
      for (int i = 0; i < c.inputs.length; i++) {
        in.add(draw(device, c.inputs[i], i >= c.inputs.length - c.labels, i));
      }
      List<Tensor> all = new ArrayList<>(device.dispatch(c.op, in));
      all.addAll(in);
      return all.stream().map(Tensor::toDoubles).toList();
    }
  }

  @TestFactory
  Stream<DynamicTest> largeOperands() {
    return Stream.of(pointwise(), images(), labelled())
        .flatMap(s -> s)
        .map(c -> DynamicTest.dynamicTest(c.op + " " + c.inputs[0], () -> check(c)));
  }

  private static void check(Case c) {
    try (Device reference = Device.reference();
        Device one = new Device(new JavaBackend(1));
        Device three = new Device(new JavaBackend(3))) {
      List<double[]> expected = run(reference, c);
      List<double[]> serial = run(one, c);
      List<double[]> parallel = run(three, c);
      for (int i = 0; i < expected.size(); i++) {
        Comparison.close("tensor " + i, expected.get(i), serial.get(i), 2e-6);
        assertArrayEquals(serial.get(i), parallel.get(i), "tensor " + i + " with three threads");
      }
    }
  }

  @Test
  void maxPoolBackwardOverlapsWindows() {
    Shape x = Shape.of(2, 45, 67, 64);
    Case forward = new Case(new MaxPool2d(3, 2, 1), 0, x);
    List<double[]> expected = new ArrayList<>();
    for (Device device : List.of(Device.reference(), new Device(new JavaBackend(3)))) {
      try (device) {
        List<Tensor> y = device.dispatch(forward.op, List.of(draw(device, x, false, 0)));
        Tensor dy = draw(device, y.get(0).shape(), false, 1);
        Op back = new MaxPool2dBackward(3, 2, 1, 45, 67);
        expected.add(device.dispatch(back, List.of(dy, y.get(1))).get(0).toDoubles());
      }
    }
    Comparison.close("dx", expected.get(0), expected.get(1), 2e-6);
  }

  @Test
  void groupNormKeepsItsAccuracyFarFromZero() {
    int pixels = 5000;
    double[] x = new double[pixels * 8];
    Philox random = new Philox(3, 0);
    for (int i = 0; i < x.length; i++) {
      // A step in the image: a sample of its beginning would be far from the mean.
      x[i] = (float) ((i < x.length / 10 ? 0 : 1000) + random.normal(i));
    }
    double mean = java.util.Arrays.stream(x).average().orElseThrow();
    double variance = java.util.Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum() / x.length;
    try (Device device = new Device(new JavaBackend(2))) {
      Tensor t = device.of(DType.F32, Shape.of(1, 50, 100, 8), x);
      Tensor ones = device.of(Shape.of(8), 1, 1, 1, 1, 1, 1, 1, 1f);
      List<Tensor> out = device.dispatch(new GroupNorm(1, 0, false), List.of(t, ones, ones));
      assertEquals(mean, out.get(1).item(), 1e-6 * mean);
      assertEquals(1 / Math.sqrt(variance), out.get(2).item(), 1e-6 / Math.sqrt(variance));
    }
  }

  @Test
  void notANumberIsPassedOn() {
    float negative = Float.intBitsToFloat(0xffc00000); // what 0/0 gives on x86
    try (Device device = new Device(new JavaBackend(1))) {
      Tensor x = device.of(Shape.of(1, 2, 2, 2), 1f, negative, Float.NaN, 3f, -1f, 2f, 5f, 4f);
      List<Tensor> pooled = device.dispatch(new MaxPool2d(2, 2, 0), List.of(x));
      assertTrue(Float.isNaN(pooled.get(0).toFloats()[0]));
      assertTrue(Float.isNaN(pooled.get(0).toFloats()[1]));
      assertArrayEquals(new int[] {1, 0}, pooled.get(1).toInts());
      assertTrue(Float.isNaN(x.relu().toFloats()[1]));
      assertTrue(Float.isNaN(x.sigmoid().toFloats()[1]));
    }
  }

  @Test
  void firstOfEqualZerosWins() {
    try (Device device = new Device(new JavaBackend(1))) {
      Tensor x = device.of(Shape.of(1, 2, 2, 1), -0f, 0f, -0f, -1f);
      assertArrayEquals(
          new int[] {0}, device.dispatch(new MaxPool2d(2, 2, 0), List.of(x)).get(1).toInts());
    }
  }

  @Test
  void refusesOtherTypesAndWildIndices() {
    try (Device device = new Device(new JavaBackend(1))) {
      Tensor wide = device.of(Shape.of(1), 1.0);
      assertThrows(DeviceException.class, wide::relu);
      Tensor x = device.of(Shape.of(2, 1), 1f, 2f);
      Tensor index = device.of(Shape.of(1), 2);
      DeviceException e =
          assertThrows(
              DeviceException.class, () -> device.dispatch(new GatherRows(), List.of(x, index)));
      assertTrue(e.getMessage().contains("index 2"), e.getMessage());
    }
  }
}
