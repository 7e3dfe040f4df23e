package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.engine.LoadedSet;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.evaluate.Evaluation;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.metrics.CocoSummary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Evaluations of a model that is being trained: after each epoch ({@code PER_EPOCH_EVAL}), every
 * {@code SOLVER.TEST_PERIOD} iterations, and at the end. Keeps the best model, and tells when the
 * target accuracy is reached.
 */
final class Validation {
  private final TrainingLoop loop;
  private final Session session;
  private final List<LoadedSet> sets;
  private final Evaluation evaluation;
  private final RunLog log;
  private final TrainingMonitor monitor;
  private final int epoch;
  private final int period;
  private Map<String, List<CocoSummary>> summaries = Map.of();
  private List<List<DetectionRecord>> firstFound = List.of();
  private int evaluatedAt = -1;

  /**
   * @param sets what to evaluate on; with none nothing is ever evaluated
   * @param images of the training set, which make an epoch
   */
  Validation(TrainingLoop loop, List<LoadedSet> sets, int images, Evaluation evaluation) {
    this.loop = loop;
    this.session = loop.session();
    this.sets = List.copyOf(sets);
    this.evaluation = evaluation;
    this.log = loop.log();
    this.monitor = loop.monitor();
    Config config = session.config();
    this.epoch =
        config.flag("PER_EPOCH_EVAL")
            ? Math.max(1, images / config.integer("SOLVER.IMS_PER_BATCH"))
            : 0;
    this.period = config.integer("SOLVER.TEST_PERIOD");
    if (period < 0) {
      throw new RunException(
          "SOLVER.TEST_PERIOD: got %d in %s, expected 0 for none or a number of iterations"
              .formatted(period, config.origin("SOLVER.TEST_PERIOD")));
    }
  }

  /**
   * Evaluates if it is time to.
   *
   * @return whether training may end, because an epoch's evaluation reached the target
   */
  boolean after(int iteration) {
    boolean epochEnds = epoch > 0 && iteration % epoch == 0;
    boolean due = epochEnds || period > 0 && iteration % period == 0;
    if (sets.isEmpty() || !due) {
      return false;
    }
    if (!evaluate(iteration)) {
      return false;
    }
    if (period > 0 && iteration % period == 0) {
      losses(iteration);
    }
    return epochEnds && targetReached(iteration);
  }

  private boolean targetReached(int iteration) {
    Config config = session.config();
    List<CocoSummary> first = summaries.get(sets.get(0).name());
    boolean reached =
        !first.isEmpty()
            && first.get(0).ap() >= config.number("MIN_BBOX_MAP")
            && (first.size() < 2 || first.get(1).ap() >= config.number("MIN_MASK_MAP"));
    if (reached) {
      log.info(Loggers.TRAINER, "Target accuracy reached at iteration " + iteration);
      log.records().parameter("target_accuracy_reached", true);
    }
    return reached;
  }

  /** Evaluates after the last iteration, unless that was done already. */
  void atEnd(int iteration) {
    if (evaluatedAt != iteration) {
      evaluate(iteration);
    }
  }

  /** Whether it came to the end. */
  private boolean evaluate(int iteration) {
    Map<String, List<CocoSummary>> out = new LinkedHashMap<>();
    for (LoadedSet set : sets) {
      Evaluation.Result result = evaluation.run(set, false);
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
    monitor.evaluated(iteration, out);
    record(iteration);
    if (!out.isEmpty() && !ap().isEmpty()) {
      loop.evaluated(iteration, ap());
    }
    return true;
  }

  /** {@code bbox/AP} and, with a mask head, {@code segm/AP} of the first set. */
  private Map<String, Double> ap() {
    Map<String, Double> ap = new LinkedHashMap<>();
    for (CocoSummary s : summaries.get(sets.get(0).name())) {
      ap.put(s.iouType().label() + "/AP", s.ap());
    }
    return ap;
  }

  private void record(int iteration) {
    if (sets.isEmpty()) {
      return;
    }
    Map<String, Object> data = new LinkedHashMap<>();
    for (CocoSummary s : summaries.get(sets.get(0).name())) {
      data.put(s.iouType().label().equals("bbox") ? "BBOX_mAP" : "MASK_mAP", s.ap());
    }
    List<Number> step =
        epoch > 0 ? List.of(iteration, (double) iteration / epoch) : List.of(iteration);
    log.records().log(step, data);
    log.records().log(List.of(), data);
  }

  private void losses(int iteration) {
    for (LoadedSet set : sets) {
      if (set.coco().annotationCount() == 0) {
        continue; // losses need objects; a warning at the start said that there are none
      }
      monitor.validated(iteration, set.name(), new ValidationLosses(loop).of(set.coco()));
    }
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
