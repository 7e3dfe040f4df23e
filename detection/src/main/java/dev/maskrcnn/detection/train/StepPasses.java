package dev.maskrcnn.detection.train;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.model.Stages;
import dev.maskrcnn.detection.rpn.RpnTargets.Draw;
import dev.maskrcnn.nn.optim.LossScaler;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Spec;
import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.TensorException;
import dev.maskrcnn.tensor.spi.Graph;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The forward and backward passes of training steps. Where the device captures graphs, the passes
 * of batches whose shapes come again are captured and from then on launched as one; the update
 * stays outside, because the learning rate changes.
 */
final class StepPasses implements AutoCloseable {
  /** Steps of the same shapes before capture: convolutions choose their algorithms meanwhile. */
  private static final int WARM_UP = 9;

  /** Each graph holds a set of gradients. */
  private static final int MOST_GRAPHS = 16;

  private final TrainingLoop.Subject subject;
  private final Device device;
  private final RunLog log;
  private final Map<List<Spec>, Captured> captured = new HashMap<>();
  private final int warmUp;
  private boolean graphs;
  private int count;

  StepPasses(TrainingLoop.Subject subject, RunLog log) {
    this(subject, log, WARM_UP);
  }

  StepPasses(TrainingLoop.Subject subject, RunLog log, int warmUp) {
    this.subject = subject;
    this.warmUp = warmUp;
    this.device = subject.session().device();
    this.log = log;
    this.graphs = device.backend().capturesGraphs() && subject.solver().accumulate() == 1;
  }

  /** Sees the losses between the passes, or right behind both if they are one graph. */
  @FunctionalInterface
  interface Losses {
    void are(List<String> names, Tensor values);
  }

  /**
   * What a step computed.
   *
   * @param names of the losses
   * @param values see {@link StepReport#collect}
   * @param gradients of the scaled loss
   * @param lasting whether the gradients belong to a graph and must not be closed
   */
  record Result(List<String> names, Tensor values, Gradients gradients, boolean lasting) {}

  /** A captured pass, or one that will be. */
  private static final class Captured {
    int uses;
    StepFeed feed;
    Graph.Rehearsal rehearsal;
    Graph graph;
    Result result;

    void close() {
      if (feed != null) {
        feed.close();
      }
      if (graph != null) {
        graph.close();
        result.values.close();
        result.gradients.close();
      }
    }
  }

  /** Computes losses and gradients into the current frame. */
  Result run(StepFeed feed, Losses losses) {
    if (!graphs) {
      return compute(feed, losses);
    }
    Captured c = captured.computeIfAbsent(feed.shapes(), s -> new Captured());
    if (c.graph == null) {
      c.uses++;
      if (c.uses <= warmUp || count >= MOST_GRAPHS) {
        return compute(feed, losses);
      }
      return c.uses == warmUp + 1 ? rehearse(c, feed, losses) : capture(c, feed, losses);
    }
    c.feed.copyFrom(feed);
    return launch(c, losses);
  }

  private Result compute(StepFeed feed, Losses losses) {
    LossScaler scaler = subject.optimizer().scaler();
    try (Tape tape = new Tape(device)) {
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
      return new Result(names, values, tape.backward(roots, scaler.scale()), false);
    }
  }

  private Result rehearse(Captured c, StepFeed feed, Losses losses) {
    c.feed = feed.lasting();
    c.feed.copyFrom(feed);
    Result[] done = new Result[1];
    c.rehearsal = device.backend().rehearse(() -> done[0] = compute(c.feed, losses));
    return done[0];
  }

  private Result capture(Captured c, StepFeed feed, Losses losses) {
    c.feed.copyFrom(feed);
    try {
      c.graph = device.backend().capture(c.rehearsal, () -> c.result = lasting(c.feed));
      count++;
    } catch (TensorException e) {
      graphs = false;
      log.warning(
          Loggers.TRAINER,
          "A step could not be captured as a CUDA graph (%s); training goes on without graphs"
              .formatted(e.getMessage()));
      return compute(feed, losses);
    }
    return launch(c, losses);
  }

  private Result lasting(StepFeed feed) {
    try (Frame frame = device.push("captured step")) {
      Result r = compute(feed, (names, values) -> {});
      return new Result(r.names, r.values.promote(), r.gradients, true);
    }
  }

  private static Result launch(Captured c, Losses losses) {
    c.graph.launch();
    losses.are(c.result.names, c.result.values);
    return c.result;
  }

  @Override
  public void close() {
    captured.values().forEach(Captured::close);
    captured.clear();
  }
}
