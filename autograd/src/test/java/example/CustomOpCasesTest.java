package example;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.maskrcnn.autograd.GradCheck;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.contract.KernelContract;
import dev.maskrcnn.tensor.contract.OpCase;
import dev.maskrcnn.tensor.contract.Operand;
import dev.maskrcnn.tensor.shape.Shape;
import example.CustomOpTest.Swish;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * An op of one's own has cases as those of the catalogue: for its kernel and for its derivative.
 */
class CustomOpCasesTest extends KernelContract {
  @Override
  protected Device open() {
    return Device.cpu();
  }

  @Override
  protected List<OpCase> cases() {
    Operand line = Operand.f32(Shape.of(4), -1.5, 0.3, 0.9, 4);
    return List.of(
        new OpCase("line", new Swish(0.7), List.of(line), 1e-6),
        new OpCase("square", new Swish(-2), List.of(line.reshape(2, 2)), 1e-6),
        new OpCase("nothing", new Swish(1), List.of(Operand.f32(Shape.of(0, 3))), 1e-6));
  }

  @Test
  void itsDerivativeIsRightOnThem() {
    try (Device reference = Device.reference()) {
      for (OpCase c : cases()) {
        assertTrue(GradCheck.applies(c), c::toString);
        assertTrue(GradCheck.check(c, reference) <= 1e-6, c::toString);
      }
    }
  }
}
