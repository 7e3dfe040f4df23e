package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.engine.PeakMemory;
import dev.maskrcnn.detection.log.Meters;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.log.TrainingLine;
import dev.maskrcnn.nn.optim.LossScaler;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The lines of a training run in the log, and the records of DLLogger. */
final class TrainingProgress implements TrainingListener {
  private final TrainingLoop.Subject subject;
  private final SolverSettings solver;
  private final LossScaler scaler;
  private final RunLog log;
  private final Meters meters = new Meters();
  private int skipped = -1;
  private int done;
  private long began;

  TrainingProgress(TrainingLoop.Subject subject, RunLog log) {
    this.subject = subject;
    this.solver = subject.solver();
    this.scaler = subject.optimizer().scaler();
    this.log = log;
  }

  @Override
  public void started(Start run) {
    log.records().parameter("train_start", true);
    log.info(Loggers.TRAINER, "Start training");
    done = run.done();
    began = System.nanoTime();
  }

  @Override
  public void losses(IterationLosses step) {
    int count = step.scaling().skipped();
    if (skipped >= 0 && count > skipped) {
      log.warning(
          Loggers.TRAINER,
          "Gradient overflow: the update before iteration %s was skipped%s"
              .formatted(
                  step.iteration(),
                  scaler.scaling().isDynamic()
                      ? ", the loss scale is now " + (double) step.scaling().scale()
                      : ""));
    }
    skipped = count;
    meters.update(step.losses());
    meters.update("time", step.seconds());
    meters.update("data", step.dataSeconds());
  }

  /** Where the host runs ahead of the device, the line shows the losses of the iteration before. */
  @Override
  public void afterIteration(int iteration) {
    double rate = solver.rate(iteration);
    if (!new TrainingLine(iteration, solver.end(), rate, 0).due()) {
      return;
    }
    double megabytes = PeakMemory.megabytes(subject.session().device());
    TrainingLine line = new TrainingLine(iteration, solver.end(), rate, megabytes);
    log.info(Loggers.TRAINER, line.format(meters));
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("eta", line.eta(meters));
    // The original logs after its scheduler has moved on: this is the next update's rate.
    record.put("learning_rate", solver.rate(iteration + 1));
    record.put("memory", megabytes);
    meters.all().forEach((name, meter) -> record.put(name, meter.toString()));
    log.records().log(List.of(iteration), record);
  }

  @Override
  public void ended(int iteration) {
    // No step follows whose losses would tell whether the last update was skipped.
    if (skipped >= 0 && scaler.state().skipped() > skipped) {
      log.warning(
          Loggers.TRAINER,
          "Gradient overflow: the update of iteration %s, the last one, was skipped"
              .formatted(iteration));
    }
    if (iteration == done) {
      log.warning(
          Loggers.TRAINER,
          "iteration %s of %s is done already; raise SOLVER.MAX_ITER to train on"
              .formatted(done, solver.end()));
      return;
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    int iterations = iteration - done;
    log.info(Loggers.TRAINER, TrainingLine.totalTime(seconds, iterations));
    int images = subject.session().config().integer("SOLVER.IMS_PER_BATCH");
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("e2e_train_time", seconds);
    summary.put("train_perf_fps", (double) iterations * images / seconds);
    log.records().log(List.of(), summary);
  }
}
