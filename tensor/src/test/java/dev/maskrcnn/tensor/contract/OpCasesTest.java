package dev.maskrcnn.tensor.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Boxes.AnchorGrid;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.op.Update.SgdUpdate;
import dev.maskrcnn.tensor.shape.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Cases must not hang on a rounding: evaluated in double they give the same integers, and floats
 * within the tolerance.
 */
class OpCasesTest {

  @Test
  void casesAreDeterministic() {
    List<OpCase> first = OpCases.all();
    List<OpCase> second = OpCases.all();
    for (int i = 0; i < first.size(); i++) {
      assertEquals(first.get(i).toString(), second.get(i).toString());
      for (int k = 0; k < first.get(i).inputs().size(); k++) {
        Comparison.exact(
            "input " + k,
            first.get(i).inputs().get(k).values(),
            second.get(i).inputs().get(k).values());
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> floatAndDoubleAgree() {
    return OpCases.all().stream()
        .filter(c -> !(c.op() instanceof AnchorGrid) && !(c.op() instanceof Cast))
        .filter(c -> !(c.op() instanceof SgdUpdate)) // master weights are F32
        .map(c -> DynamicTest.dynamicTest(c.toString(), () -> check(c)));
  }

  private static void check(OpCase c) {
    List<double[]> single = new ArrayList<>();
    List<double[]> twice = new ArrayList<>();
    List<Boolean> floating = new ArrayList<>();
    run(c, single, floating);
    run(c.in(DType.F64), twice, floating);
    for (int i = 0; i < single.size(); i++) {
      // One rounding at the end is what the float reference may differ by.
      double tolerance = floating.get(i) ? Math.max(c.tolerance(), 1e-6) : 0;
      Comparison.close("output " + i, twice.get(i), single.get(i), tolerance);
    }
  }

  @SuppressWarnings("try") // the frame frees what is made in it
  private static void run(OpCase c, List<double[]> results, List<Boolean> floating) {
    try (Device device = Device.reference();
        Frame frame = device.push("case")) {
      List<Tensor> in = new ArrayList<>();
      for (Operand o : c.inputs()) {
        in.add(o.on(device));
      }
      List<Tensor> all = new ArrayList<>(device.dispatch(c.op(), in));
      c.op().mutates().forEach(i -> all.add(in.get(i)));
      for (Tensor t : all) {
        results.add(t.toDoubles());
        floating.add(t.spec().dtype().isFloat());
      }
    }
  }
}
