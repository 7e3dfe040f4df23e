package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Comparison;
import dev.maskrcnn.tensor.contract.OpCase;
import dev.maskrcnn.tensor.contract.OpCases;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Convolution;
import dev.maskrcnn.tensor.op.LinearAlgebra;
import dev.maskrcnn.tensor.op.Loss;
import dev.maskrcnn.tensor.op.Normalization.Softmax;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pointwise;
import dev.maskrcnn.tensor.op.Update;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * The cases of the kernel contract with f16 and bf16 operands. The reference computes in double
 * from the same rounded operands and rounds its results once; the kernels compute in float32 and
 * round once, so they may differ by one unit in the last place of the largest result, and where the
 * contract demands equality in float32 not at all.
 */
@SuppressWarnings("try") // frames free what is made in them
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HalfPrecisionTest {
  private Device device;
  private Device reference;

  @BeforeAll
  void open() {
    device = CudaTestDevice.open();
    reference = Device.reference();
  }

  @AfterAll
  void close() {
    if (reference != null) {
      reference.close();
    }
    if (device != null) {
      device.close();
    }
  }

  private boolean covered(Op op) {
    boolean family =
        op instanceof Pointwise
            || op instanceof LinearAlgebra
            || op instanceof Convolution
            || op instanceof Loss
            || op instanceof Update
            || op instanceof Softmax;
    return family
        && !(op instanceof Pointwise.Cast)
        && !(op instanceof Pointwise.Fill) // its type is its own
        && !(op instanceof Update.SgdUpdate) // master weights are float32
        && device.kernels().find(op.getClass()).isPresent();
  }

  @TestFactory
  Stream<DynamicTest> everyCase() {
    return OpCases.all().stream()
        .filter(c -> covered(c.op()))
        .flatMap(c -> Stream.of(c.in(DType.F16), c.in(DType.BF16)))
        .map(c -> DynamicTest.dynamicTest(c.toString(), () -> check(c)));
  }

  /** The unit in the last place of 1. */
  private static double unit(DType type) {
    return type == DType.F16 ? 0x1p-10 : 0x1p-7;
  }

  private static DType type(OpCase c) {
    return c.inputs().stream()
        .map(i -> i.spec().dtype())
        .filter(DType::isFloat)
        .findFirst()
        .orElseThrow();
  }

  private void check(OpCase c) {
    double tolerance = c.tolerance() == 0 ? 0 : unit(type(c));
    try (Frame ours = device.push("case");
        Frame theirs = reference.push("case")) {
      List<Operand> inputs = c.inputs().stream().map(this::rounded).toList();
      List<double[]> expected = run(reference, c.op(), inputs);
      List<double[]> actual = run(device, c.op(), inputs);
      for (int i = 0; i < expected.size(); i++) {
        Comparison.close("result " + i, expected.get(i), actual.get(i), tolerance);
      }
    }
  }

  private Operand rounded(Operand operand) {
    Spec spec = operand.spec();
    return spec.dtype().isFloat()
        ? new Operand(spec, Operand.read(operand.on(reference)))
        : operand;
  }

  /** The outputs, then the inputs that the op overwrote. */
  private static List<double[]> run(Device device, Op op, List<Operand> inputs) {
    List<Tensor> in = inputs.stream().map(o -> o.on(device)).toList();
    List<Tensor> results = new ArrayList<>(device.dispatch(op, in));
    op.mutates().forEach(i -> results.add(in.get(i)));
    return results.stream().map(Operand::read).toList();
  }
}
