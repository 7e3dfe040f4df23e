package dev.maskrcnn.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.contract.OpCase;
import dev.maskrcnn.tensor.contract.OpCases;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class GradCheckTest {
  private final Device device = Device.reference();

  @AfterEach
  void close() {
    device.close();
  }

  @TestFactory
  Stream<DynamicTest> everyDifferentiableOp() {
    return OpCases.all().stream()
        .filter(GradCheck::applies)
        .map(c -> DynamicTest.dynamicTest(c.toString(), () -> check(c)));
  }

  private void check(OpCase c) {
    assertTrue(GradCheck.check(c, device) <= 1e-6);
    assertEquals(0, device.liveBlocks(), "the check must leave nothing behind");
  }

  @Test
  void wholeExpressionWithReshapeAndReuse() {
    Tensor x = device.of(Shape.of(2, 3), 0.3, -1.2, 0.7, 1.9, -0.4, 0.8);
    Tensor y = device.of(Shape.of(6), 1.0, 2, -0.5, 0.25, 3, -1);
    double worst =
        GradCheck.check(
            "expression",
            List.of(x, y),
            v -> {
              Variable flat = v.get(0).reshape(Shape.of(6));
              Variable s = flat.mul(v.get(1)).add(flat).sigmoid();
              return s.mul(s).add(v.get(0).exp().reshape(Shape.of(6)).mul(flat)).sum();
            },
            GradCheck.Options.DEFAULT);
    assertTrue(worst < 1e-6);
  }

  @Test
  void wrongGradientIsNamedElementByElement() {
    Tensor x = device.of(Shape.of(3), 0.5, 1.5, 2.5);
    AutogradException e =
        assertThrows(
            AutogradException.class,
            () ->
                GradCheck.check(
                    "half detached",
                    List.of(x),
                    v -> v.get(0).mul(v.get(0).detach()),
                    GradCheck.Options.DEFAULT));
    String m = e.getMessage();
    assertTrue(m.startsWith("gradcheck half detached: input 0 [3] f64: projection"), m);
    assertTrue(m.contains("element 2: analytic") && m.contains("3 of 3 elements differ"), m);
    assertTrue(m.contains("(seed 1)"), m);
  }
}
