package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.data.DataException;
import dev.maskrcnn.detection.engine.LoadedSet;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.evaluate.Evaluation;
import dev.maskrcnn.detection.image.ImageFormatException;
import dev.maskrcnn.detection.log.Meters;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.metrics.CocoSummary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Evaluations of a model that is being trained: after each epoch ({@code PER_EPOCH_EVAL}), every
 * {@code SOLVER.TEST_PERIOD} iterations, and at the end. Ends the training when an epoch's
 * evaluation reaches the target accuracy.
 */
final class Validation implements TrainingListener {
  private final TrainingLoop.Subject subject;
  private final RunPlace place;
  private final RunLog log;
  private final Config config;
  private final List<LoadedSet> sets;
  private final TrainingMetrics metrics;
  private final Evaluation evaluation;
  private final int epoch;
  private final int period;
  private Map<String, List<CocoSummary>> summaries = Map.of();
  private List<List<DetectionRecord>> firstFound = List.of();
  private int evaluatedAt = -1;

  /**
   * @param sets what to evaluate on; with none nothing is ever evaluated
   * @param images of the training set, which make an epoch
   * @param metrics are given the losses on the sets
   */
  Validation(
      TrainingLoop.Subject subject,
      RunPlace place,
      List<LoadedSet> sets,
      int images,
      TrainingMetrics metrics) {
    this.subject = subject;
    this.place = place;
    this.log = place.log();
    this.config = subject.session().config();
    this.sets = List.copyOf(sets);
    this.metrics = metrics;
    this.evaluation =
        new Evaluation(
            subject.session(), place.outputDir(), log, Evaluation.Extent.until(place.stop()));
    this.epoch =
        config.flag("PER_EPOCH_EVAL")
            ? Math.max(1, images / config.integer("SOLVER.IMS_PER_BATCH"))
            : 0;
    this.period = config.integer("SOLVER.TEST_PERIOD");
  }

  private boolean epochEnds(int iteration) {
    return epoch > 0 && iteration % epoch == 0;
  }

  private boolean periodEnds(int iteration) {
    return period > 0 && iteration % period == 0;
  }

  @Override
  public boolean needsLosses(int iteration) {
    return !sets.isEmpty() && (epochEnds(iteration) || periodEnds(iteration));
  }

  /** Evaluates if it is time to. */
  @Override
  public void afterIteration(int iteration) {
    if (!needsLosses(iteration) || !evaluate(iteration)) {
      return;
    }
    if (periodEnds(iteration)) {
      for (LoadedSet set : sets) {
        if (set.coco().annotationCount() > 0) { // losses need objects
          losses(iteration, set);
        }
      }
    }
    if (epochEnds(iteration) && targetReached()) {
      log.info(Loggers.TRAINER, "Target accuracy reached at iteration " + iteration);
      log.records().parameter("target_accuracy_reached", true);
      place.stop().finish();
    }
  }

  private boolean targetReached() {
    List<CocoSummary> first = summaries.get(sets.get(0).name());
    return !first.isEmpty()
        && first.get(0).ap() >= config.number("MIN_BBOX_MAP")
        && (first.size() < 2 || first.get(1).ap() >= config.number("MIN_MASK_MAP"));
  }

  /** Evaluates after the last iteration, unless that was done already. */
  void atEnd(int iteration) {
    if (evaluatedAt != iteration && !sets.isEmpty()) {
      evaluate(iteration);
    }
  }

  /** Whether it came to the end. */
  private boolean evaluate(int iteration) {
    Map<String, List<CocoSummary>> out = new LinkedHashMap<>();
    for (LoadedSet set : sets) {
      Evaluation.Result result = evaluateSet(iteration, set);
      if (result.cutShort()) {
        log.warning(Loggers.INFERENCE, "the evaluation of %s is given up".formatted(set.name()));
        return false;
      }
      if (out.isEmpty()) {
        firstFound = result.detections();
      }
      out.put(set.name(), result.summaries());
    }
    summaries = out;
    evaluatedAt = iteration;
    place.listeners().evaluated(iteration, summaries);
    record(iteration);
    return true;
  }

  private Evaluation.Result evaluateSet(int iteration, LoadedSet set) {
    try {
      return evaluation.run(set, false);
    } catch (ImageFormatException | DataException e) {
      throw new DataException(
          "evaluation of %s after iteration %s: %s"
              .formatted(set.name(), iteration, e.getMessage()),
          e);
    }
  }

  private void record(int iteration) {
    Map<String, Object> data = new LinkedHashMap<>();
    for (CocoSummary s : summaries.get(sets.get(0).name())) {
      data.put(s.iouType().label().equals("bbox") ? "BBOX_mAP" : "MASK_mAP", s.ap());
    }
    List<Number> step =
        epoch > 0 ? List.of(iteration, (double) iteration / epoch) : List.of(iteration);
    log.records().log(step, data);
    log.records().log(List.of(), data);
  }

  /** The training losses on a validation set, as Facebook's version logs them. */
  private void losses(int iteration, LoadedSet set) {
    Meters losses = new ValidationLosses(subject, place.stop()).of(set.coco());
    log.info(
        Loggers.TRAINER,
        "[Validation]:  %s  iter: %s  %s".formatted(set.name(), iteration, losses));
    Map<String, Double> row = new LinkedHashMap<>();
    losses.all().forEach((name, meter) -> row.put("validation/" + name, meter.average()));
    metrics.append(iteration, row);
  }

  /** Of the last evaluation, by data set; empty if there was none. */
  Map<String, List<CocoSummary>> summaries() {
    return summaries;
  }

  /** What the last evaluation found in the first set, image by image; empty if there was none. */
  List<List<DetectionRecord>> firstFound() {
    return firstFound;
  }
}
