package dev.maskrcnn.tensor.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Op;
import dev.maskrcnn.tensor.shape.Spec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Runs every case of {@link OpCases} on a device and compares outputs and inputs with the reference
 * kernels. Subclass it in the backend's package.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class KernelContract {
  private Device device;
  private Device reference;

  /** Opens the device under test; it is closed after the last case. */
  protected abstract Device open();

  /** What it has to do: all cases of the catalogue, or those of ops of your own. */
  protected List<OpCase> cases() {
    return OpCases.all();
  }

  @BeforeAll
  void openDevices() {
    device = open();
    reference = Device.reference();
  }

  @AfterAll
  void closeDevices() {
    if (reference != null) {
      reference.close();
    }
    if (device != null) {
      device.close();
    }
  }

  /** An op is in the table, or the table says why it is not. */
  @Test
  void everyOpHasKernelOrReason() {
    List<String> missing =
        Catalogue.ops().stream()
            .filter(op -> device.kernels().find(op).isEmpty())
            .filter(op -> device.kernels().reasonAbsent(op).isEmpty())
            .map(Class::getSimpleName)
            .toList();
    assertEquals(List.of(), missing, device.name() + " has neither kernel nor reason");
  }

  @TestFactory
  Stream<DynamicTest> everyCase() {
    return cases().stream().map(c -> DynamicTest.dynamicTest(c.toString(), () -> check(c)));
  }

  @SuppressWarnings("try") // frames free what is made in them
  private void check(OpCase c) {
    Class<? extends Op> type = c.op().getClass();
    Optional<String> reason = device.kernels().reasonAbsent(type);
    if (device.kernels().find(type).isEmpty() && reason.isPresent()) {
      abort(device.name() + " has no " + type.getSimpleName() + ": " + reason.get());
    }
    try (Frame ours = device.push("case");
        Frame theirs = reference.push("case")) {
      Run expected = Run.of(reference, c);
      soil(expected.specs);
      compare(c, expected, Run.of(device, c));
    }
  }

  /** Contents of outputs and inputs after a case ran. */
  private record Run(List<Spec> specs, List<double[]> outputs, List<double[]> inputs) {
    static Run of(Device device, OpCase c) {
      List<Tensor> in = new ArrayList<>();
      for (Operand o : c.inputs()) {
        in.add(o.on(device));
      }
      List<Tensor> out = device.dispatch(c.op(), in);
      return new Run(
          out.stream().map(Tensor::spec).toList(),
          out.stream().map(Operand::read).toList(),
          in.stream().map(Operand::read).toList());
    }
  }

  /** Leaves garbage in the pool, so that an output that is not written shows. */
  @SuppressWarnings("try")
  private void soil(List<Spec> specs) {
    try (Frame dirt = device.push("dirt")) {
      for (Spec s : specs) {
        byte[] ones = new byte[(int) s.bytes()];
        Arrays.fill(ones, (byte) 0xff);
        device.empty(s).write(ByteBuffer.wrap(ones));
      }
    }
  }

  private void compare(OpCase c, Run expected, Run actual) {
    assertEquals(expected.specs, actual.specs, "output specs");
    for (int i = 0; i < expected.outputs.size(); i++) {
      double tolerance = expected.specs.get(i).dtype().isFloat() ? c.tolerance() : 0;
      Comparison.close("output " + i, expected.outputs.get(i), actual.outputs.get(i), tolerance);
    }
    for (int i = 0; i < c.inputs().size(); i++) {
      if (c.op().mutates().contains(i)) {
        Comparison.close(
            "updated input " + i, expected.inputs.get(i), actual.inputs.get(i), c.tolerance());
      } else {
        Comparison.exact("input " + i, c.inputs().get(i).values(), actual.inputs.get(i));
      }
    }
  }
}
