package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.draw.RunCharts;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.log.EventFile;
import dev.maskrcnn.detection.log.Meters;
import dev.maskrcnn.detection.log.MetricsFile;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.log.TrainingLine;
import dev.maskrcnn.detection.metrics.CocoSummary;
import dev.maskrcnn.tensor.op.LossScaling;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a training run tells: log lines, {@code metrics.jsonl} and the charts made from it. */
final class TrainingMonitor implements AutoCloseable {
  /** The file of the measurements, one line for each iteration. */
  static final String METRICS = "metrics.jsonl";

  /** The folder of the event files. */
  static final String EVENTS = "tensorboard";

  private final Path outputDir;
  private final RunLog log;
  private final MetricsFile metrics;
  private final EventFile events;
  private final Meters meters = new Meters();
  private final SolverSettings solver;
  private final int end;
  private Issued waiting;
  private int skipped = -1;

  /**
   * @param start iterations already done
   * @param tensorBoard whether to write event files as well
   */
  TrainingMonitor(
      Path outputDir, RunLog log, int start, SolverSettings solver, boolean tensorBoard) {
    this.outputDir = outputDir;
    this.log = log;
    this.solver = solver;
    this.end = solver.end();
    this.metrics = MetricsFile.open(outputDir.resolve(METRICS), start);
    this.events =
        tensorBoard ? EventFile.create(outputDir.resolve(EVENTS), start, Clock.systemUTC()) : null;
  }

  /** Where an iteration's time went, in seconds. */
  record Times(double all, double data) {}

  private record Issued(StepReport report, double rate, Times times) {}

  /**
   * An iteration was issued. Its losses are noted as soon as they are here, at the latest when the
   * next one is issued, so a line may show those of the iteration before.
   *
   * @throws RunException if the losses of this or the last iteration are not finite
   */
  void iteration(StepReport report, double rate, Times times) {
    settle();
    Issued issued = new Issued(report, rate, times);
    if (report.ready()) {
      note(issued);
    } else {
      waiting = issued;
    }
  }

  /** Waits for the losses of the last iteration and notes them. */
  void settle() {
    if (waiting != null) {
      Issued last = waiting;
      waiting = null;
      note(last);
    }
  }

  private void note(Issued issued) {
    issued.report.requireFinite();
    Map<String, Double> losses = issued.report.values();
    noteSkipped(issued.report, losses);
    Times times = issued.times;
    Map<String, Double> row = new LinkedHashMap<>(losses);
    losses.remove("loss_scale");
    meters.update(losses);
    meters.update("time", times.all);
    meters.update("data", times.data);
    row.put("lr", issued.rate);
    row.put("time", times.all);
    row.put("data", times.data);
    append(issued.report.iteration(), row);
  }

  private void append(int iteration, Map<String, Double> row) {
    metrics.append(iteration, row);
    if (events != null) {
      Map<String, Double> tagged = new LinkedHashMap<>();
      row.forEach((name, value) -> tagged.put(tag(name), value));
      events.scalars(iteration, tagged);
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

  private void noteSkipped(StepReport report, Map<String, Double> losses) {
    int count = report.skippedBefore();
    if (skipped >= 0 && count > skipped) {
      Double scale = losses.get("loss_scale");
      log.warning(
          Loggers.TRAINER,
          "Gradient overflow: the update before iteration %d was skipped%s"
              .formatted(
                  report.iteration(), scale == null ? "" : ", the loss scale is now " + scale));
    }
    skipped = count;
  }

  /** No step follows whose report would tell whether the last update was skipped. */
  void ended(int iteration, LossScaling.State scaling) {
    settle();
    if (skipped >= 0 && scaling.skipped() > skipped) {
      log.warning(
          Loggers.TRAINER,
          "Gradient overflow: the update of iteration %d, the last one, was skipped"
              .formatted(iteration));
    }
  }

  /** Logs the line of the seed's format if it is due. */
  void line(int number, double rate, double megabytes) {
    TrainingLine line = new TrainingLine(number, end, rate, megabytes);
    if (line.due()) {
      log.info(Loggers.TRAINER, line.format(meters));
      Map<String, Object> record = new LinkedHashMap<>();
      record.put("eta", line.eta(meters));
      // The original logs after its scheduler has moved on: this is the next update's rate.
      record.put("learning_rate", solver.rate(number + 1));
      record.put("memory", megabytes);
      meters.all().forEach((name, meter) -> record.put(name, meter.toString()));
      log.records().log(List.of(number), record);
    }
  }

  /** Whether {@link #line} would log. */
  boolean due(int number) {
    return new TrainingLine(number, end, 0, 0).due();
  }

  /** A data set was evaluated; the first one's values have plain names. */
  void evaluated(int iteration, Map<String, List<CocoSummary>> summaries) {
    settle();
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

  /** The training losses on a validation set, as Facebook's version logs them. */
  void validated(int iteration, String set, Meters losses) {
    settle();
    log.info(
        Loggers.TRAINER,
        "[Validation]:  %s  iter: %d  %s".formatted(set, iteration, losses.toString()));
    Map<String, Double> row = new LinkedHashMap<>();
    losses.all().forEach((name, meter) -> row.put("validation/" + name, meter.average()));
    append(iteration, row);
  }

  /** Draws the charts anew. */
  void charts() {
    RunCharts.write(outputDir.resolve(METRICS), outputDir);
  }

  @Override
  public void close() {
    if (events != null) {
      events.close();
    }
    metrics.close();
  }
}
