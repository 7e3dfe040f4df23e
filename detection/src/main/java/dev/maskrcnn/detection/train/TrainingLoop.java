package dev.maskrcnn.detection.train;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.autograd.Tape;
import dev.maskrcnn.autograd.Variable;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.data.DataException;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.PrefetchLoader;
import dev.maskrcnn.detection.data.SampleSource;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.engine.PassGraphs;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.engine.UploadedBatches;
import dev.maskrcnn.detection.engine.UploadedBatches.Batch;
import dev.maskrcnn.detection.image.ImageFormatException;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.model.RpnTargets.Draw;
import dev.maskrcnn.detection.model.Stages;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.CapturedPass;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import dev.maskrcnn.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The iterations of a training run, from top to bottom: load, forward, backward, add up, update.
 * What is not part of that is a {@link TrainingListener}.
 *
 * <p>What iteration n does is a function of seed, n, weights and momentum alone, so a resumed run
 * repeats an uninterrupted one to the bit.
 */
final class TrainingLoop {
  /**
   * What is trained.
   *
   * @param session model and device
   * @param optimizer its momentum is that of the iterations done
   * @param solver settings
   * @param seed of the run
   * @param categories of the classes from 1
   */
  record Subject(
      Session session,
      Sgd optimizer,
      SolverSettings solver,
      long seed,
      List<CocoCategory> categories) {}

  /** What the passes of a step compute; see {@link StepLosses#collect} for the losses. */
  private record Passes(List<String> names, Tensor losses, Gradients gradients)
      implements CapturedPass.Held {
    @Override
    public void close() {
      losses.close();
      gradients.close();
    }
  }

  /** An iteration that was issued and whose losses nobody was told of yet. */
  private record Issued(int iteration, StepLosses losses, double seconds, double dataSeconds) {}

  private final Subject subject;
  private final Device device;
  private final SolverSettings solver;
  private final RunPlace place;
  private final TrainingListener listeners;
  private final PassGraphs<StepFeed, Passes> graphs;
  private Gradients sum;
  private Issued issued;
  private int updated;
  private int leftOut;

  TrainingLoop(Subject subject, RunPlace place) {
    this(subject, place, PassGraphs.Limits.usual());
  }

  /**
   * @param limits when to capture the passes as a graph, if the device does so
   */
  TrainingLoop(Subject subject, RunPlace place, PassGraphs.Limits limits) {
    this.subject = subject;
    this.device = subject.session.device();
    this.solver = subject.solver;
    this.place = place;
    this.listeners = place.listeners();
    RunLog log = place.log();
    boolean asked = device.captures();
    boolean captures = asked && solver.accumulate() == 1;
    if (asked && !captures) {
      log.warning(
          Loggers.TRAINER,
          "SOLVER.ACCUMULATE_GRAD True: gradients are added up over several steps, which are not"
              + " captured as CUDA graphs then");
    }
    this.graphs =
        new PassGraphs<StepFeed, Passes>(
            device,
            new PassGraphs.Kind<StepFeed, Passes>("A training step", this::forwardAndBackward),
            captures ? limits : PassGraphs.Limits.noGraphs(),
            line -> log.warning(Loggers.TRAINER, line));
  }

  /**
   * Runs the iterations after those done, until the last one or a request to stop.
   *
   * @return the last iteration
   */
  int run(SampleSource source, int done) {
    StopRequest stop = place.stop();
    int iteration = done;
    updated = done;
    boolean stopped = false;
    listeners.started(
        new TrainingListener.Start(subject.session.config(), done, solver.end(), stop));
    BatchPipeline pipeline = BatchPipeline.of(subject.session);
    try (PrefetchLoader<ImageBatch> loader =
            pipeline.training(source, subject.seed, done, solver.end());
        UploadedBatches<ImageBatch, StepFeed> batches =
            new UploadedBatches<>(device, loader, StepFeed.uploader(device, done + 1))) {
      while (batches.hasNext() && !stopped) {
        iteration++;
        long from = System.nanoTime();
        double waited = batches.waitSeconds();
        StepLosses losses;
        try (Batch<ImageBatch, StepFeed> batch = load(batches, iteration)) {
          listeners.beforeIteration(iteration, batch);
          losses = step(batch.tensors(), iteration);
          batches.ahead(); // while the device computes, the next batch is uploaded
        }
        tellLosses();
        double data = batches.waitSeconds() - waited;
        issued = new Issued(iteration, losses, (System.nanoTime() - from) / 1e9, data);
        if (device.readsAreFree() || listeners.needsLosses(iteration)) {
          tellLosses();
        }
        listeners.afterIteration(iteration);
        // Not between two updates: a checkpoint holds no gradients.
        stopped = stop.ends() && solver.updates(iteration);
      }
      tellLosses();
    } finally {
      close();
    }
    leftOut = pipeline.leftOut();
    if (leftOut > 0) {
      place
          .log()
          .warning(
              Loggers.TRAINER,
              "damaged images left out: %s; others took their place".formatted(leftOut));
    }
    if (graphs.launched() > 0) {
      place
          .log()
          .info(
              Loggers.TRAINER,
              "%s of %s iterations were launched as CUDA graphs"
                  .formatted(graphs.launched(), iteration - done));
    }
    listeners.ended(iteration);
    return iteration;
  }

  private Batch<ImageBatch, StepFeed> load(
      UploadedBatches<ImageBatch, StepFeed> batches, int iteration) {
    try {
      return batches.next();
    } catch (ImageFormatException | DataException e) {
      tellLosses();
      throw new DataException("iteration %s: %s".formatted(iteration, e.getMessage()), e);
    }
  }

  /** Forward, backward, update; nothing here waits for the device. */
  StepLosses step(StepFeed feed, int iteration) {
    try (Frame frame = device.push("iteration " + iteration)) {
      Optional<Passes> launched = graphs.launch(feed);
      Passes passes = launched.orElseGet(() -> graphs.beside(() -> forwardAndBackward(feed)));
      StepLosses losses = new StepLosses(passes.names, passes.losses.readLater());
      if (sum == null) {
        sum = passes.gradients;
      } else {
        sum.accumulate(passes.gradients);
      }
      if (solver.updates(iteration)) {
        if (solver.accumulate() > 1) {
          sum.scale(1.0 / solver.accumulate());
        }
        long update = solver.updateOf(iteration);
        subject.optimizer.step(sum, base -> solver.schedule().rate(update, base));
        updated = iteration;
        if (launched.isEmpty()) { // else they belong to the graph
          sum.close();
        }
        sum = null;
      }
      if (launched.isEmpty()) {
        passes.losses.close();
      }
      return losses;
    }
  }

  private Passes forwardAndBackward(StepFeed feed) {
    try (Frame frame = device.push("passes");
        Tape tape = new Tape(device)) {
      Map<String, Variable> losses =
          subject
              .session
              .model()
              .losses(
                  tape,
                  feed.input(),
                  feed.truth(),
                  new Draw(subject.seed, 0, feed.group()),
                  Stages.NONE);
      Tensor values = StepLosses.collect(losses.values(), subject.optimizer.scaler());
      List<Variable> roots = losses.values().stream().filter(Variable::requiresGradient).toList();
      Gradients gradients = tape.backward(roots, subject.optimizer.scaler().scale());
      return new Passes(List.copyOf(losses.keySet()), values.promote(), gradients);
    }
  }

  /** Waits for the losses of the last iteration, unless they were told already. */
  private void tellLosses() {
    if (issued != null) {
      Issued last = issued;
      issued = null;
      double rate = solver.rate(last.iteration);
      listeners.losses(last.losses.of(last.iteration, rate, last.seconds, last.dataSeconds));
    }
  }

  /** The iteration whose update was the last: the weights are those after it. */
  int updated() {
    return updated;
  }

  /** What is trained. */
  Subject subject() {
    return subject;
  }

  /** How many damaged images were left out. */
  int leftOut() {
    return leftOut;
  }

  /** How many graphs are kept at present. */
  int graphs() {
    return graphs.count();
  }

  /** How many steps were launched as graphs so far. */
  int launched() {
    return graphs.launched();
  }

  /** Frees the graphs, and gradients that wait for an update. */
  void close() {
    if (sum != null) {
      sum.close();
      sum = null;
    }
    graphs.close();
  }
}
