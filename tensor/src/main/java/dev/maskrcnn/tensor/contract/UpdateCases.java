package dev.maskrcnn.tensor.contract;

import static dev.maskrcnn.tensor.contract.Workload.of;

import dev.maskrcnn.tensor.op.LossScaling;
import dev.maskrcnn.tensor.op.Update.SgdRates;
import dev.maskrcnn.tensor.op.Update.SgdRule;
import dev.maskrcnn.tensor.op.Update.SgdStep;
import dev.maskrcnn.tensor.op.Update.SgdUpdate;
import dev.maskrcnn.tensor.shape.Shape;
import java.util.ArrayList;
import java.util.List;

/** Steps over several parameters at once: taken, skipped, growing, with and without checks. */
final class UpdateCases {
  private static final double NEVER = 0;

  private UpdateCases() {}

  static void collect(CaseList list) {
    Draw draw = new Draw(11);
    update(list, "unscaled", LossScaling.none(), 1, operands(draw, NEVER));
    update(list, "guarded", LossScaling.guarded(), 1, operands(draw, NEVER));
    update(list, "guarded, NaN", LossScaling.guarded(), 1, operands(draw, Double.NaN));
    LossScaling dynamic = new LossScaling(8, 2, 0.5, 7);
    update(list, "scaled", dynamic, 1024, operands(draw, NEVER));
    update(list, "overflow", dynamic, 1024, operands(draw, Double.NEGATIVE_INFINITY));
    update(list, "growing", new LossScaling(8, 2, 0.5, 4), 1024, operands(draw, NEVER));
    update(list, "no larger scale", new LossScaling(8, 2, 0.5, 4), 0x1p127, operands(draw, NEVER));
  }

  private static List<Operand> operands(Draw draw, double bad) {
    List<Operand> all = new ArrayList<>();
    for (int size : new int[] {33, 0, 4, 16_385}) {
      all.add(draw.normal(size));
      all.add(draw.normal(size));
      Operand gradient = draw.normal(size);
      if (size == 4 && bad != NEVER) {
        gradient.values()[2] = bad;
      }
      all.add(gradient);
    }
    return all;
  }

  private static void update(
      CaseList list, String name, LossScaling scaling, double scale, List<Operand> parameters) {
    List<SgdRule> rules =
        List.of(
            new SgdRule(false, 1e-4, false),
            new SgdRule(true, 0, false),
            new SgdRule(true, 0, false),
            new SgdRule(false, 1e-4, false));
    List<Operand> all = new ArrayList<>();
    all.add(Operand.f32(Shape.of(1), scale));
    all.add(Operand.i32(3, 0, 40, 2, 0, 0, 0, 0));
    all.addAll(parameters);
    SgdRates rates = new SgdRates(0.02, 0.04);
    list.add(1e-6, name, new SgdUpdate(rates, 0.9, scaling, rules), all.toArray(new Operand[0]));
  }

  static void benchmarks(CaseList list) {
    list.bench("44-million", m -> of(new SgdStep(1e-9, 0.9, 1e-4, false), all(m), all(m), all(m)));
    SgdRule rule = new SgdRule(false, 1e-4, false);
    SgdUpdate update =
        new SgdUpdate(new SgdRates(1e-9, 2e-9), 0.9, LossScaling.dynamic(), List.of(rule));
    list.bench(
        "44-million",
        m ->
            of(
                update,
                Operand.f32(Shape.of(1), 8192),
                Operand.i32(new int[SgdUpdate.COUNTERS]),
                all(m),
                all(m),
                all(m)));
  }

  /** As many numbers as the model has parameters. */
  private static Input all(ModelInputs m) {
    return m.map(m.size.parameters());
  }
}
