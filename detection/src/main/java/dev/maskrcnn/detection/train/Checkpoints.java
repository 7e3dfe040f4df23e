package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.nn.Parameter;
import dev.maskrcnn.nn.StateDict;
import dev.maskrcnn.tensor.io.TensorFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The checkpoint files of a run: those it goes on from, and the best model. Each holds finite
 * weights; if one cannot be written, the former ones are still valid.
 */
final class Checkpoints {
  private final TrainingLoop.Subject subject;
  private final Path outputDir;
  private final RunLog log;
  private Optional<Path> newest;
  private OptionalDouble best = OptionalDouble.empty();

  /**
   * @param newest the checkpoint that the run goes on from
   */
  Checkpoints(TrainingLoop.Subject subject, Path outputDir, RunLog log, Optional<Path> newest) {
    this.subject = subject;
    this.outputDir = outputDir;
    this.log = log;
    this.newest = newest;
    Path file = Checkpoint.bestFile(outputDir);
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

  /** Masks count if there are any: they are what a Mask R-CNN is trained for. */
  private String criterion() {
    return subject.session().hasMasks() ? "segm/AP" : "bbox/AP";
  }

  /** Writes a checkpoint that the run can go on from. */
  void save(Path file, int iteration) {
    log.info(Loggers.CHECKPOINT, "Saving checkpoint to " + file);
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
  }

  /**
   * Keeps this model if it is the best so far.
   *
   * @param ap by name, as in {@link Checkpoint.State#ap}
   */
  void offer(int iteration, Map<String, Double> ap) {
    double value = ap.getOrDefault(criterion(), Double.NaN);
    if (!(value > best.orElse(-1))) {
      return;
    }
    Path file = Checkpoint.bestFile(outputDir);
    log.info(
        Loggers.CHECKPOINT,
        "Best model so far, %s %.4f: saving checkpoint to %s"
            .formatted(criterion().replace('/', ' '), value, file));
    Checkpoint.saveAside(file, weights(iteration), subject.optimizer(), state(iteration, ap));
    best = OptionalDouble.of(value);
  }

  private Checkpoint.State state(int iteration, Map<String, Double> ap) {
    return new Checkpoint.State(
        iteration,
        subject.seed(),
        subject.solver().schedule().toString(),
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
              "iteration %d: the update before made %s hold %s; %s; try a lower SOLVER.BASE_LR"
                  .formatted(iteration, p.name(), v, newestInWords()));
        }
      }
    }
    return weights;
  }
}
