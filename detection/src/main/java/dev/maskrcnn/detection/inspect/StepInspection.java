package dev.maskrcnn.detection.inspect;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.TapeDump;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.autograd.trace.StepTrace;
import dev.maskrcnn.autograd.trace.StepTracer;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.model.Stages;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs one training step on a specimen and records it. */
public final class StepInspection {
  private static final long SEED = 1;

  /**
   * What was recorded.
   *
   * @param trace the step
   * @param batch what it ran on
   * @param losses values by name
   * @param lossNodes number on the tape of each loss
   * @param dot the tape for Graphviz
   * @param text the tape as lines
   */
  public record Result(
      StepTrace trace,
      ImageBatch batch,
      Map<String, Double> losses,
      Map<String, Integer> lossNodes,
      String dot,
      String text) {}

  private final Specimen specimen;
  private final Device device;
  private final ImageBatch batch;

  private StepInspection(Specimen specimen) {
    this.specimen = specimen;
    this.device = specimen.device();
    this.batch = specimen.trainingBatch();
  }

  /**
   * Runs steps and records the last one.
   *
   * @param warmUp steps before it, in which code and primitives are compiled
   */
  public static Result run(Specimen specimen, int warmUp) {
    StepInspection inspection = new StepInspection(specimen);
    try (Sgd optimizer = new Sgd(specimen.model().state(), settings())) {
      for (int i = 0; i < warmUp; i++) {
        inspection.step(optimizer, null);
      }
      StepTracer tracer = StepTracer.on(specimen.device(), true);
      try (tracer) {
        inspection.name(tracer, optimizer);
        return inspection.step(optimizer, tracer);
      }
    }
  }

  /** Rate 0: every step runs on the weights that were given. */
  private static Sgd.Settings settings() {
    return new Sgd.Settings(0, 1, 0.9, 1e-4, 0);
  }

  private void name(StepTracer tracer, Sgd optimizer) {
    for (Map.Entry<String, Parameter> e : specimen.model().state().entries().entrySet()) {
      tracer.parameter(e.getValue().tensor(), e.getKey());
    }
    for (Sgd.Group g : optimizer.groups()) {
      String name = g.parameter().name();
      optimizer.velocity(name).ifPresent(v -> tracer.optimiser(v, "momentum of " + name));
    }
  }

  private Result step(Sgd optimizer, StepTracer tracer) {
    try (Frame frame = device.push("inspected step");
        Tape tape = new Tape(device)) {
      Map<String, Variable> losses =
          specimen
              .model()
              .losses(
                  tape,
                  specimen.input(batch),
                  specimen.targets(batch),
                  new Draw(SEED, 0),
                  Stages.NONE);
      Map<String, Double> values = new LinkedHashMap<>();
      Map<String, Integer> nodes = new LinkedHashMap<>();
      losses.forEach((name, loss) -> values.put(name, loss.value().item()));
      losses.forEach((name, loss) -> nodes.put(name, loss.id()));
      if (tracer != null) {
        tracer.backward(tape);
      }
      List<Variable> roots = losses.values().stream().filter(Variable::requiresGradient).toList();
      try (Gradients gradients = tape.backward(roots)) {
        if (tracer != null) {
          tracer.update();
        }
        optimizer.step(gradients, base -> base);
      }
      device.synchronize();
      if (tracer == null) {
        return null;
      }
      return new Result(
          tracer.finish(), batch, values, nodes, TapeDump.dot(tape), TapeDump.text(tape));
    }
  }
}
