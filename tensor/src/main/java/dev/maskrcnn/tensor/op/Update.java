package dev.maskrcnn.tensor.op;

import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Shape;
import dev.maskrcnn.tensor.shape.Spec;
import java.util.ArrayList;
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

  /**
   * A parameter of {@link SgdUpdate}.
   *
   * @param bias whether it has the second learning rate
   * @param decay weight decay
   * @param copied whether the network reads a rounded copy, which the update writes too
   */
  record SgdRule(boolean bias, double decay, boolean copied) {
    int operands() {
      return copied ? 4 : 3;
    }
  }

  /**
   * The learning rates of an update.
   *
   * @param weights of most parameters
   * @param biases of those whose rule says so
   */
  record SgdRates(double weights, double biases) {}

  /**
   * One step of SGD with momentum over all parameters of a model, with loss scaling: if the scaling
   * checks and any gradient holds inf or NaN, nothing changes but the scale; else each gradient is
   * multiplied by float32(1/scale) and then {@link SgdStep} is done with it (momenta of zeros are a
   * first step), and the copy gets the rounded parameter. The scale moves on as {@link LossScaling}
   * says. No host reads any of it.
   *
   * <p>Inputs: scale F32 {@code [1]}; counters I32 {@code [8]} (tracker, skipped last, taken,
   * skipped, and four words of work space that are 0 between steps); then for each rule p F32, v
   * F32 of the same shape, g of that shape in F32, F16 or BF16, and if the rule says so the copy of
   * that shape in F16 or BF16. All but the gradients are overwritten; no output.
   */
  record SgdUpdate(SgdRates rates, double momentum, LossScaling scaling, List<SgdRule> rules)
      implements Update {
    /** Words of the counters. */
    public static final int COUNTERS = 8;

    public SgdUpdate {
      rules = List.copyOf(rules);
    }

    @Override
    public List<Spec> infer(List<Spec> in) {
      Check.count(this, in, 2 + rules.stream().mapToInt(SgdRule::operands).sum());
      Check.dtype(this, in, 0, DType.F32);
      Check.shape(this, in, 0, Shape.of(1));
      Check.dtype(this, in, 1, DType.I32);
      Check.shape(this, in, 1, Shape.of(COUNTERS));
      int at = 2;
      for (SgdRule rule : rules) {
        Check.dtype(this, in, at, DType.F32);
        Check.dtype(this, in, at + 1, DType.F32);
        for (int i = 1; i < rule.operands(); i++) {
          Check.shape(this, in, at + i, in.get(at).shape());
        }
        Check.that(this, in, ofWork(in, at + 2), "gradient " + (at + 2) + " is of another type");
        Check.that(
            this,
            in,
            !rule.copied || (ofWork(in, at + 3) && in.get(at + 3).dtype() != DType.F32),
            "copy " + (at + 3) + " must be f16 or bf16");
        at += rule.operands();
      }
      return List.of();
    }

    private static boolean ofWork(List<Spec> in, int i) {
      DType t = in.get(i).dtype();
      return t == DType.F32 || t == DType.F16 || t == DType.BF16;
    }

    @Override
    public List<Integer> mutates() {
      List<Integer> all = new ArrayList<>(List.of(0, 1));
      int at = 2;
      for (SgdRule rule : rules) {
        all.add(at);
        all.add(at + 1);
        if (rule.copied) {
          all.add(at + 3);
        }
        at += rule.operands();
      }
      return all;
    }

    @Override
    public String label() {
      return "SgdUpdate[" + rates + ", momentum=" + momentum + ", " + rules.size() + " parameters]";
    }
  }
}
