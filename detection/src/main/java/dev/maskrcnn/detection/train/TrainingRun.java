package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.eval.CocoSummary;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Training from first to last iteration, with checkpoints, curves and a final evaluation. */
public final class TrainingRun {

  /**
   * What to train.
   *
   * @param config all settings; the class count is taken from the annotations
   * @param deviceName {@code cpu}
   * @param data at least one set to train on
   * @param outputDir folder of all files; made if missing
   * @param weights safetensors file to start from; ignored when resuming from a checkpoint
   * @param resume go on from the last checkpoint of {@code outputDir}, if there is one
   * @param skipTest no evaluation at the end
   * @param maxSteps stop after this many iterations; the schedule stays the configuration's
   * @param seed of initial weights, data order and samplers
   */
  public record Options(
      Config config,
      String deviceName,
      DataSources data,
      Path outputDir,
      Optional<Path> weights,
      boolean resume,
      boolean skipTest,
      OptionalInt maxSteps,
      long seed) {}

  /**
   * What came of it.
   *
   * @param iteration the last iteration that was trained
   * @param checkpoint the last checkpoint
   * @param summaries for each validation set, by name, the summary of boxes and, with a mask head,
   *     of masks; empty if not evaluated
   */
  public record Outcome(int iteration, Path checkpoint, Map<String, List<CocoSummary>> summaries) {}

  private TrainingRun() {}

  /**
   * Trains.
   *
   * @throws RunException if something the user gave is wrong, or a loss is not finite; other
   *     unchecked exceptions of this module's packages carry one line for the user as well
   */
  public static Outcome run(Options options, PrintStream console) {
    throw new UnsupportedOperationException("training is being written");
  }
}
