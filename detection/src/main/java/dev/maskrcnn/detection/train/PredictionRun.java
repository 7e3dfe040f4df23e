package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.config.Config;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A model on single images: one JSON file and one picture each. */
public final class PredictionRun {

  /**
   * What to predict.
   *
   * @param config all settings
   * @param deviceName {@code cpu}
   * @param inputs images, or folders whose images are taken in the order of their names
   * @param outputDir folder of {@code <image>.json} and {@code <image>.png}
   * @param weights safetensors file
   * @param annotations COCO file to take class names from; else those of the checkpoint
   * @param threshold least score of a detection that is written and drawn
   */
  public record Options(
      Config config,
      String deviceName,
      List<Path> inputs,
      Path outputDir,
      Path weights,
      Optional<Path> annotations,
      double threshold) {}

  /**
   * What came of it.
   *
   * @param images images that were predicted
   * @param failed images that could not be read; each was reported on the console. The command
   *     should end with an exit code other than 0 if there are any
   */
  public record Outcome(int images, List<Path> failed) {}

  private PredictionRun() {}

  /**
   * Predicts.
   *
   * @throws RunException if something the user gave is wrong; other unchecked exceptions of this
   *     module's packages carry one line for the user as well
   */
  public static Outcome run(Options options, PrintStream console) {
    throw new UnsupportedOperationException("prediction is being written");
  }
}
