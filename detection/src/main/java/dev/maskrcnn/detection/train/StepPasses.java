package dev.maskrcnn.detection.train;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.engine.PassGraphs;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.model.Stages;
import dev.maskrcnn.nn.optim.LossScaler;
import dev.maskrcnn.tensor.CapturedPass;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The forward and backward passes of training steps. Where the device captures graphs, the passes
 * of batches whose shapes come again are captured and from then on launched as one; the update
 * stays outside, because the learning rate changes.
 */
final class StepPasses implements AutoCloseable {
  private final TrainingLoop.Subject subject;
  private final Device device;
  private final PassGraphs<StepFeed, Step> graphs;

  StepPasses(TrainingLoop.Subject subject, RunLog log) {
    this(subject, log, PassGraphs.Limits.usual());
  }

  StepPasses(TrainingLoop.Subject subject, RunLog log, PassGraphs.Limits limits) {
    this.subject = subject;
    this.device = subject.session().device();
    boolean asked = device.captures();
    boolean captures = asked && subject.solver().accumulate() == 1;
    if (asked && !captures) {
      log.warning(
          Loggers.TRAINER,
          "SOLVER.ACCUMULATE_GRAD True: gradients are added up over several steps, which are not"
              + " captured as CUDA graphs then");
    }
    this.graphs =
        new PassGraphs<StepFeed, Step>(
            device,
            new PassGraphs.Kind<StepFeed, Step>(
                "A training step", feed -> compute(feed, (names, values) -> {})),
            captures ? limits : PassGraphs.Limits.noGraphs(),
            line -> log.warning(Loggers.TRAINER, line));
  }

  /** Sees the losses between the passes, or right behind both if they are one graph. */
  @FunctionalInterface
  interface Losses {
    void are(List<String> names, Tensor values);
  }

  /**
   * What a step computed.
   *
   * @param gradients of the scaled loss
   * @param lasting whether the gradients belong to a graph and must not be closed
   */
  record Result(Gradients gradients, boolean lasting) {}

  /**
   * What both passes leave.
   *
   * @param names of the losses
   * @param values see {@link StepReport#collect}
   */
  private record Step(List<String> names, Tensor values, Gradients gradients)
      implements CapturedPass.Held {
    @Override
    public void close() {
      values.close();
      gradients.close();
    }
  }

  /** Computes losses and gradients. */
  Result run(StepFeed feed, Losses losses) {
    Optional<Step> launched = graphs.launch(feed);
    if (launched.isPresent()) {
      Step step = launched.get();
      losses.are(step.names, step.values);
      return new Result(step.gradients, true);
    }
    Step step = graphs.beside(() -> compute(feed, losses));
    step.values.close();
    return new Result(step.gradients, false);
  }

  private Step compute(StepFeed feed, Losses losses) {
    LossScaler scaler = subject.optimizer().scaler();
    try (Frame frame = device.push("passes");
        Tape tape = new Tape(device)) {
      Map<String, Variable> byName =
          subject
              .session()
              .model()
              .losses(
                  tape,
                  feed.input(),
                  feed.truth(),
                  new Draw(subject.seed(), 0, feed.group()),
                  Stages.NONE);
      List<String> names = List.copyOf(byName.keySet());
      Tensor values = StepReport.collect(byName.values(), scaler);
      losses.are(names, values);
      List<Variable> roots = byName.values().stream().filter(Variable::requiresGradient).toList();
      Gradients gradients = tape.backward(roots, scaler.scale());
      return new Step(names, values.promote(), gradients);
    }
  }

  /** How many graphs are kept at present. */
  int graphs() {
    return graphs.count();
  }

  /** How many steps were launched as graphs so far. */
  int launched() {
    return graphs.launched();
  }

  @Override
  public void close() {
    graphs.close();
  }
}
