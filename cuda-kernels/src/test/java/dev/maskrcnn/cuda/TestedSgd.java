package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Update.SgdRates;
import dev.maskrcnn.tensor.op.Update.SgdRule;
import dev.maskrcnn.tensor.op.Update.SgdUpdate;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Spec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Parameters with the state of their loss scaling, and the op that steps them. */
final class TestedSgd implements AutoCloseable {
  /** What the tests say of one parameter; {@code copy} may be null. */
  record Parameter(String name, Tensor value, Tensor momentum, Tensor copy, SgdRule rule) {}

  /** A parameter whose learning rate is {@code factor} (1 or 2) times the step's. */
  static Parameter parameter(
      String name, Tensor value, Tensor momentum, Tensor copy, int factor, double decay) {
    return new Parameter(
        name, value, momentum, copy, new SgdRule(factor == 2, decay, copy != null));
  }

  private final Device device;
  private final List<Parameter> parameters;
  private final LossScaling scaling;
  private final Tensor scale;
  private final Tensor counters;

  TestedSgd(Device device, List<Parameter> parameters, LossScaling scaling) {
    this.device = device;
    this.parameters = List.copyOf(parameters);
    this.scaling = scaling;
    this.scale = device.empty(Spec.of(DType.F32, 1)).promote();
    this.counters = device.empty(Spec.of(DType.I32, SgdUpdate.COUNTERS)).promote();
    restore(scaling.start());
  }

  void step(List<Tensor> gradients, double rate, double momentum) {
    List<Tensor> operands = new ArrayList<>(List.of(scale, counters));
    for (int i = 0; i < parameters.size(); i++) {
      Parameter p = parameters.get(i);
      operands.addAll(List.of(p.value, p.momentum, gradients.get(i)));
      if (p.copy != null) {
        operands.add(p.copy);
      }
    }
    List<SgdRule> rules = parameters.stream().map(Parameter::rule).toList();
    device.dispatch(
        new SgdUpdate(new SgdRates(rate, 2 * rate), momentum, scaling, rules), operands);
  }

  List<Parameter> parameters() {
    return parameters;
  }

  /** The present scale, F32 of one element. */
  Tensor scale() {
    return scale;
  }

  LossScaling.State state() {
    int[] n = counters.toInts();
    for (int i = 4; i < n.length; i++) {
      if (n[i] != 0) {
        throw new AssertionError("work space word " + i + " is " + n[i] + " between steps");
      }
    }
    return new LossScaling.State(scale.toFloats()[0], n[0], n[1] != 0, n[2], n[3]);
  }

  void restore(LossScaling.State from) {
    ByteBuffer words = ByteBuffer.allocate(4 * SgdUpdate.COUNTERS).order(ByteOrder.LITTLE_ENDIAN);
    words.putInt(0, from.tracker()).putInt(4, from.skippedLast() ? 1 : 0);
    words.putInt(8, from.taken()).putInt(12, from.skipped());
    counters.write(words);
    scale.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, from.scale()));
  }

  @Override
  public void close() {
    scale.close();
    counters.close();
  }
}
