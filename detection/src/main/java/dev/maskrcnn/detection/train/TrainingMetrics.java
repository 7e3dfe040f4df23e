package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.draw.RunCharts;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.log.EventFile;
import dev.maskrcnn.detection.log.MetricsFile;
import dev.maskrcnn.detection.log.RunFileException;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.metrics.CocoSummary;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The measurements of a training run as files: {@code metrics.jsonl}, the charts made from it, and
 * the same for TensorBoard. Before a checkpoint is written, all rows are on the disk.
 */
final class TrainingMetrics implements TrainingListener, AutoCloseable {
  /** The file of the measurements, one line for each iteration. */
  static final String METRICS = "metrics.jsonl";

  /** The folder of the event files. */
  static final String EVENTS = "tensorboard";

  private final Path outputDir;
  private final RunLog log;
  private final SolverSettings solver;
  private final boolean scaled;
  private final MetricsFile metrics;
  private EventFile events;

  /**
   * @param done iterations done already
   * @param tensorBoard whether to write event files as well
   */
  TrainingMetrics(TrainingLoop.Subject subject, RunPlace place, int done, boolean tensorBoard) {
    this.outputDir = place.outputDir();
    this.log = place.log();
    this.solver = subject.solver();
    this.scaled = subject.optimizer().scaler().scaling().isDynamic();
    this.metrics = MetricsFile.open(outputDir.resolve(METRICS), done);
    if (tensorBoard) {
      log.attempt(
          Loggers.RUN,
          () -> events = EventFile.create(outputDir.resolve(EVENTS), done, Clock.systemUTC()));
    }
  }

  @Override
  public void losses(IterationLosses step) {
    Map<String, Double> row = new LinkedHashMap<>(step.losses());
    if (scaled) {
      row.put("loss_scale", (double) step.scaling().scale());
    }
    row.put("lr", step.learningRate());
    row.put("time", step.seconds());
    row.put("data", step.dataSeconds());
    append(step.iteration(), row);
  }

  /** Adds what was measured after an iteration. */
  void append(int iteration, Map<String, Double> row) {
    metrics.append(iteration, row);
    if (events == null) {
      return;
    }
    Map<String, Double> tagged = new LinkedHashMap<>();
    row.forEach((name, value) -> tagged.put(tag(name), value));
    try {
      events.scalars(iteration, tagged);
    } catch (RunFileException e) {
      log.warning(Loggers.RUN, e.getMessage() + "; the run goes on without files for TensorBoard");
      events = null;
    }
  }

  /** TensorBoard groups charts by what stands before a slash. */
  private static String tag(String name) {
    if (name.indexOf('/') >= 0) {
      return name;
    }
    if (name.startsWith("loss") && !name.equals("loss_scale")) {
      return "loss/" + (name.equals("loss") ? "total" : name.substring("loss_".length()));
    }
    return (name.equals("time") || name.equals("data") ? "seconds/" : "solver/") + name;
  }

  @Override
  public void afterIteration(int iteration) {
    if (solver.checkpointDue(iteration)) {
      force();
    }
  }

  @Override
  public void ended(int iteration) {
    force();
  }

  /** Puts all rows on the disk, before a checkpoint that counts on them. */
  void force() {
    metrics.force();
  }

  /** The first data set's values have plain names. */
  @Override
  public void evaluated(int iteration, Map<String, List<CocoSummary>> summaries) {
    Map<String, Double> row = new LinkedHashMap<>();
    boolean first = true;
    for (Map.Entry<String, List<CocoSummary>> set : summaries.entrySet()) {
      for (CocoSummary summary : set.getValue()) {
        String prefix = (first ? "" : set.getKey() + "/") + summary.iouType().label() + "/";
        for (String name : CocoSummary.names()) {
          row.put(prefix + name, summary.value(name));
        }
      }
      first = false;
    }
    if (!row.isEmpty()) {
      append(iteration, row);
    }
  }

  @Override
  public void checkpointed(int iteration, Path file) {
    charts();
  }

  /** Draws the charts; a run does not end because of a picture. */
  void charts() {
    log.attempt(Loggers.RUN, () -> RunCharts.write(outputDir.resolve(METRICS), outputDir));
  }

  @Override
  public void close() {
    if (events != null) {
      events.close();
    }
    metrics.close();
  }
}
