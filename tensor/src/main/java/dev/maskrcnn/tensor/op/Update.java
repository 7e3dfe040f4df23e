package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.Spec;
import java.util.List;

/** Updates of parameters in place. */
public sealed interface Update extends Op {

  /**
   * SGD with momentum as PyTorch's: {@code g += decay·p; v = first ? g : momentum·v + g; p −=
   * rate·v}. Inputs p, v (both overwritten) and g, of equal spec; no output.
   */
  record SgdStep(double rate, double momentum, double decay, boolean first) implements Update {
    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 3);
      Check.floating(this, in, 0, 1, 2);
      Check.shape(this, in, 1, in.get(0).shape());
      Check.shape(this, in, 2, in.get(0).shape());
      return List.of();
    }

    @Override
    public List<Integer> mutates() {
      return List.of(0, 1);
    }
  }
}
