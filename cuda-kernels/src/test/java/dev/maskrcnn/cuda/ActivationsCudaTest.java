package dev.maskrcnn.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.Comparison;
import dev.maskrcnn.tensor.contract.OpCase;
import dev.maskrcnn.tensor.contract.OpCases;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.op.Movement;
import dev.maskrcnn.tensor.op.Normalization.GroupNorm;
import dev.maskrcnn.tensor.op.Normalization.GroupNormBackward;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.op.Pooling;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlign;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiAlignBackward;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPool;
import dev.maskrcnn.tensor.op.RegionOfInterest.RoiPoolBackward;
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
 * The contract's cases with activations in half precision, against the reference in double on the
 * same rounded inputs. A kernel sums in float32 and rounds once, so it may be off by what float32
 * may be, and by one unit of the last place. RoIs stay float32.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ActivationsCudaTest {
  private Device cuda;
  private Device reference;

  @BeforeAll
  void openDevices() {
    cuda = CudaTestDevice.open();
    reference = Device.reference();
  }

  @AfterAll
  void closeDevices() {
    if (reference != null) {
      reference.close();
    }
    if (cuda != null) {
      cuda.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> casesInHalfPrecision() {
    return Stream.of(DType.F16, DType.BF16)
        .flatMap(
            type ->
                OpCases.all().stream()
                    .filter(c -> isOfActivations(c.op()))
                    .map(c -> DynamicTest.dynamicTest(c + " in " + type, () -> check(c, type))));
  }

  private static boolean isOfActivations(Op op) {
    return op instanceof Movement
        || op instanceof Pooling
        || op instanceof GroupNorm
        || op instanceof GroupNormBackward
        || op instanceof RoiAlign
        || op instanceof RoiAlignBackward
        || op instanceof RoiPool
        || op instanceof RoiPoolBackward;
  }

  @SuppressWarnings("try") // frames free what is made in them
  private void check(OpCase c, DType type) {
    try (Frame ours = cuda.push("case");
        Frame theirs = reference.push("case")) {
      List<Tensor> expected = reference.dispatch(c.op(), inputs(c, type, reference));
      List<Tensor> actual = cuda.dispatch(c.op(), inputs(c, type, cuda));
      for (int i = 0; i < expected.size(); i++) {
        Spec spec = expected.get(i).spec();
        assertEquals(spec, actual.get(i).spec(), "output " + i);
        // Relative to the largest output; one unit of the last place of a number is at most this.
        double unit = spec.dtype() == DType.F16 ? 1.0 / 1024 : 1.0 / 128;
        double tolerance = spec.dtype().isFloat() && c.tolerance() > 0 ? unit + c.tolerance() : 0;
        Comparison.close(
            "output " + i, Operand.read(expected.get(i)), Operand.read(actual.get(i)), tolerance);
      }
    }
  }

  private static List<Tensor> inputs(OpCase c, DType type, Device device) {
    int rois =
        c.op() instanceof RoiAlign || c.op() instanceof RoiPool
            ? 0
            : c.op() instanceof RoiAlignBackward ? 1 : c.op() instanceof RoiPoolBackward ? 2 : -1;
    List<Tensor> in = new ArrayList<>();
    for (int i = 0; i < c.inputs().size(); i++) {
      Operand o = c.inputs().get(i);
      in.add((i != rois && o.spec().dtype() == DType.F32 ? o.as(type) : o).on(device));
    }
    return in;
  }
}
