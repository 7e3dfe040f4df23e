package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.metrics.CocoSummary;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.StateDict;
import dev.maskrcnn.tensor.io.TensorFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Writes the checkpoint files of a run: those it goes on from, and the best model. Each holds
 * finite weights; if one cannot be written, the former ones are still valid.
 */
final class Checkpoints implements TrainingListener {
  private final TrainingLoop.Subject subject;
  private final SolverSettings solver;
  private final RunPlace place;
  private Optional<Path> newest;
  private OptionalDouble best = OptionalDouble.empty();

  /** Iterations done before this run, and the one that the newest checkpoint is of. */
  private int done;

  private int saved;

  /**
   * @param newest the checkpoint that the run goes on from
   */
  Checkpoints(TrainingLoop.Subject subject, RunPlace place, Optional<Path> newest) {
    this.subject = subject;
    this.solver = subject.solver();
    this.place = place;
    this.newest = newest;
    Path file = Checkpoint.bestFile(place.outputDir());
    if (newest.isPresent() && Files.isRegularFile(file)) {
      best = Checkpoint.ap(file, criterion());
    }
  }

  /** The newest; empty if there is none. */
  Optional<Path> newest() {
    return newest;
  }

  /** The newest in words, for messages about what went wrong. */
  String newestInWords() {
    return newest
        .map(file -> "the last good checkpoint is " + file)
        .orElse("there is no checkpoint yet");
  }

  @Override
  public void started(Start run) {
    done = run.done();
    saved = done;
  }

  @Override
  public boolean needsLosses(int iteration) {
    return solver.checkpointDue(iteration);
  }

  @Override
  public void afterIteration(int iteration) {
    if (solver.checkpointDue(iteration)) {
      save(Checkpoint.file(place.outputDir(), iteration), iteration);
    }
  }

  /** Writes the last checkpoint of a run that came to its end or was asked to stop. */
  @Override
  public void ended(int iteration) {
    if (!solver.checkpoints() || iteration == done) {
      return;
    }
    if (iteration == solver.end() || place.stop().finished()) {
      save(Checkpoint.finalFile(place.outputDir()), iteration);
    } else if (iteration > saved) {
      save(Checkpoint.file(place.outputDir(), iteration), iteration);
    }
  }

  /**
   * Saves what is done when something else than the training itself failed. If that fails too, the
   * former checkpoint stays the newest.
   *
   * @param updated the iteration that the weights are of
   * @return how many iterations are saved and where, in words
   */
  String rescue(int updated, Throwable failure) {
    if (updated > saved && solver.checkpoints()) {
      try {
        save(Checkpoint.file(place.outputDir(), updated), updated);
      } catch (RuntimeException e) {
        failure.addSuppressed(e);
      }
    }
    return newest.isPresent()
        ? "%s iterations are done and saved in %s".formatted(saved, newest.get())
        : "nothing is saved yet";
  }

  private void save(Path file, int iteration) {
    place.log().info(Loggers.CHECKPOINT, "Saving checkpoint to " + file);
    StateDict weights = weights(iteration);
    try {
      Checkpoint.save(file, weights, subject.optimizer(), state(iteration, Map.of()));
    } catch (TensorFileException e) {
      throw new RunException(
          "%s; %s; free some space or choose another folder, then go on with --resume"
              .formatted(e.getMessage(), newestInWords()),
          e);
    }
    newest = Optional.of(file);
    saved = iteration;
    place.listeners().checkpointed(iteration, file);
  }

  /** Keeps this model if it is the best so far on the first data set. */
  @Override
  public void evaluated(int iteration, Map<String, List<CocoSummary>> summaries) {
    Map<String, Double> ap = new LinkedHashMap<>();
    for (CocoSummary s : summaries.values().iterator().next()) {
      ap.put(s.iouType().label() + "/AP", s.ap());
    }
    double value = ap.getOrDefault(criterion(), Double.NaN);
    if (!solver.checkpoints() || !(value > best.orElse(-1))) {
      return;
    }
    Path file = Checkpoint.bestFile(place.outputDir());
    place
        .log()
        .info(
            Loggers.CHECKPOINT,
            String.format(
                Locale.ROOT,
                "Best model so far, %s %.4f: saving checkpoint to %s",
                criterion().replace('/', ' '),
                value,
                file));
    Checkpoint.saveAside(file, weights(iteration), subject.optimizer(), state(iteration, ap));
    best = OptionalDouble.of(value);
  }

  /** Masks count if there are any: they are what a Mask R-CNN is trained for. */
  private String criterion() {
    return subject.session().hasMasks() ? "segm/AP" : "bbox/AP";
  }

  private Checkpoint.State state(int iteration, Map<String, Double> ap) {
    return new Checkpoint.State(
        iteration,
        subject.seed(),
        solver.schedule().toString(),
        subject.session().config(),
        subject.categories(),
        ap);
  }

  /** A finite loss can still have gradients that are not, and the update then spoils weights. */
  private StateDict weights(int iteration) {
    StateDict weights = subject.session().model().state();
    for (Parameter p : weights.trainable()) {
      for (float v : p.tensor().toFloats()) {
        if (!Float.isFinite(v)) {
          throw new RunException(
              "iteration %s: the update before made %s hold %s; %s; try a lower SOLVER.BASE_LR"
                  .formatted(iteration, p.name(), v, newestInWords()));
        }
      }
    }
    return weights;
  }
}
