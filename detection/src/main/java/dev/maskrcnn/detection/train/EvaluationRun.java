package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.eval.CocoSummary;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A model over whole data sets: predictions, and how good they are. */
public final class EvaluationRun {

  /**
   * What to evaluate.
   *
   * @param config all settings; the class count is taken from the annotations
   * @param deviceName {@code cpu}
   * @param data the sets, each evaluated alone
   * @param outputDir the files go into {@code inference/<name>} below it
   * @param weights safetensors file; {@link dev.maskrcnn.detection.weights.Checkpoint#last} finds
   *     that of an output folder
   * @param skipEval write predictions only
   */
  public record Options(
      Config config,
      String deviceName,
      List<DatasetSource.Coco> data,
      Path outputDir,
      Path weights,
      boolean skipEval) {}

  private EvaluationRun() {}

  /**
   * Evaluates.
   *
   * @return for each set, by name, the summary of boxes and, with a mask head, of masks; empty if
   *     evaluation is skipped
   * @throws RunException if something the user gave is wrong; other unchecked exceptions of this
   *     module's packages carry one line for the user as well
   */
  public static Map<String, List<CocoSummary>> run(Options options, PrintStream console) {
    throw new UnsupportedOperationException("evaluation is being written");
  }
}
