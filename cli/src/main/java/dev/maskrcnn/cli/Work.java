package dev.maskrcnn.cli;

import dev.maskrcnn.detection.evaluate.EvaluationRun;
import dev.maskrcnn.detection.metrics.CocoSummary;
import dev.maskrcnn.detection.predict.PredictionRun;
import dev.maskrcnn.detection.train.TrainingRun;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * What the commands call to do the work. Tests put recorders in their place, because a real
 * training takes minutes.
 *
 * @param train trains
 * @param eval evaluates
 * @param predict predicts
 */
record Work(
    BiFunction<TrainingRun.Options, PrintStream, TrainingRun.Outcome> train,
    BiFunction<EvaluationRun.Options, PrintStream, Map<String, List<CocoSummary>>> eval,
    BiFunction<PredictionRun.Options, PrintStream, PredictionRun.Outcome> predict) {

  /** The real ones. */
  static Work real() {
    return new Work(TrainingRun::run, EvaluationRun::run, PredictionRun::run);
  }
}
