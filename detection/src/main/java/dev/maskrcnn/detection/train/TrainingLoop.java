package dev.maskrcnn.detection.train;

import dev.maskrcnn.autograd.Gradients;
import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.data.ImageBatch;
import dev.maskrcnn.detection.data.PrefetchLoader;
import dev.maskrcnn.detection.data.SampleSource;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.engine.PeakMemory;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.engine.UploadedBatches;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.log.TrainingLine;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Frame;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * The iterations of a training run. What iteration n does is a function of seed, n, weights and
 * momentum alone, so a resumed run repeats an uninterrupted one to the bit.
 */
final class TrainingLoop {
  /** Keeps the random streams of iterations apart; more than two for each image of a batch. */
  static final int STREAMS = 1 << 16;

  /**
   * What is trained.
   *
   * @param session model and device
   * @param optimizer its momentum is that of iteration {@code start}
   * @param solver settings
   * @param seed of the run
   * @param categories of the classes from 1
   */
  record Subject(
      Session session,
      Sgd optimizer,
      SolverSettings solver,
      long seed,
      List<CocoCategory> categories) {}

  private final Subject subject;
  private final Device device;
  private final Path outputDir;
  private final RunLog log;
  private final TrainingMonitor monitor;
  private final StepPasses passes;
  private Gradients pending;
  private final Checkpoints checkpoints;
  private final StopRequest stop;
  private boolean checkpointDue;
  private AnomalyWatch watch;

  /** Where a run writes and who may stop it. */
  record Place(Path outputDir, RunLog log, TrainingMonitor monitor, StopRequest stop) {}

  /** Hunts for values that are not finite in all steps from now on. */
  void detectAnomalies() {
    watch = new AnomalyWatch(subject);
  }

  /**
   * @param lastCheckpoint the checkpoint that the run goes on from
   */
  TrainingLoop(Subject subject, Place place, Optional<Path> lastCheckpoint) {
    this.subject = subject;
    this.device = subject.session.device();
    this.outputDir = place.outputDir;
    this.log = place.log;
    this.monitor = place.monitor;
    this.stop = place.stop;
    this.passes = new StepPasses(subject, log);
    this.checkpoints = new Checkpoints(subject, outputDir, log, lastCheckpoint);
  }

  Session session() {
    return subject.session;
  }

  RunLog log() {
    return log;
  }

  TrainingMonitor monitor() {
    return monitor;
  }

  long seed() {
    return subject.seed;
  }

  StopRequest stop() {
    return stop;
  }

  /** The newest checkpoint. */
  Optional<Path> lastCheckpoint() {
    return checkpoints.newest();
  }

  /** The weights of this iteration were evaluated; the best are kept. */
  void evaluated(int iteration, Map<String, Double> ap) {
    if (subject.solver.checkpoints()) {
      checkpoints.offer(iteration, ap);
    }
  }

  /**
   * Runs the iterations after {@code start}, until the end, the target, or a request to stop.
   *
   * @param stopRule asked after each iteration whether that was the last one
   * @return the last iteration
   */
  int run(SampleSource source, int start, IntPredicate stopRule) {
    SolverSettings solver = subject.solver;
    int iteration = start;
    boolean stopped = false;
    log.info(Loggers.TRAINER, "Start training");
    long began = System.nanoTime();
    BatchPipeline pipeline = BatchPipeline.of(subject.session);
    try (PrefetchLoader<ImageBatch> loader =
            pipeline.training(source, subject.seed, start, solver.end());
        UploadedBatches<ImageBatch, StepFeed> batches =
            new UploadedBatches<>(device, loader, StepFeed.uploader(device, start + 1))) {
      while (batches.hasNext() && !stopped) {
        long from = System.nanoTime();
        double waited = batches.waitSeconds();
        iteration++;
        StepReport report = step(batches, iteration);
        double data = batches.waitSeconds() - waited;
        double rate = solver.rate(iteration);
        monitor.iteration(report, rate, new TrainingMonitor.Times(seconds(from), data));
        if (monitor.due(iteration)) {
          monitor.line(iteration, rate, PeakMemory.megabytes(device));
        }
        checkpoint(iteration);
        stopped = stopRule.test(iteration);
        boolean asked = stop.requested() && solver.updates(iteration);
        finish(iteration, stopped, asked);
        stopped |= asked;
      }
      monitor.ended(iteration, subject.optimizer.scaler().state());
    } finally {
      dropPending();
      passes.close();
    }
    if (iteration > start) {
      total(seconds(began), iteration - start);
    }
    return iteration;
  }

  private void total(double seconds, int iterations) {
    log.info(Loggers.TRAINER, TrainingLine.totalTime(seconds, iterations));
    if (passes.launched() > 0) {
      log.info(
          Loggers.TRAINER,
          "%d of %d iterations were launched as CUDA graphs"
              .formatted(passes.launched(), iterations));
    }
    int images = subject.session.config().integer("SOLVER.IMS_PER_BATCH");
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("e2e_train_time", seconds);
    summary.put("train_perf_fps", (double) iterations * images / seconds);
    log.records().log(List.of(), summary);
  }

  private static double seconds(long from) {
    return (System.nanoTime() - from) / 1e9;
  }

  /** While the device computes a batch, the next one is uploaded. */
  private StepReport step(UploadedBatches<ImageBatch, StepFeed> batches, int iteration) {
    try (UploadedBatches.Batch<ImageBatch, StepFeed> batch = batches.next()) {
      StepReport report = watched(batch, iteration);
      batches.ahead();
      return report;
    }
  }

  private StepReport watched(UploadedBatches.Batch<ImageBatch, StepFeed> batch, int iteration) {
    return watch == null
        ? step(batch, iteration)
        : watch.step(batch.host(), iteration, () -> step(batch, iteration));
  }

  /** Forward, backward, update; nothing here waits for a device. */
  private StepReport step(UploadedBatches.Batch<ImageBatch, StepFeed> batch, int iteration) {
    StepFeed feed = batch.tensors();
    StepReport[] report = new StepReport[1];
    StepReport.Context context =
        StepReport.Context.of(subject.optimizer.scaler(), batch.host(), checkpoints::newestInWords);
    try (Frame frame = device.push("iteration " + iteration)) {
      if (watch != null) {
        watch.inputs(feed);
      }
      StepPasses.Result result =
          passes.run(
              feed,
              (names, values) -> {
                report[0] = StepReport.of(iteration, names, values, context);
                if (report[0].ready()) {
                  report[0].requireFinite();
                }
              });
      if (result.lasting()) {
        update(result.gradients(), iteration);
      } else {
        accumulate(result.gradients());
        if (subject.solver.updates(iteration)) {
          update(iteration);
        }
      }
    }
    return report[0];
  }

  private void accumulate(Gradients gradients) {
    if (pending == null) {
      pending = gradients;
    } else {
      pending.accumulate(gradients);
    }
  }

  private void update(int iteration) {
    SolverSettings solver = subject.solver;
    if (solver.accumulate() > 1) {
      pending.scale(1.0 / solver.accumulate());
    }
    update(pending, iteration);
    dropPending();
  }

  private void update(Gradients gradients, int iteration) {
    SolverSettings solver = subject.solver;
    long update = solver.updateOf(iteration);
    subject.optimizer.step(gradients, base -> solver.schedule().rate(update, base));
  }

  private void dropPending() {
    if (pending != null) {
      pending.close();
      pending = null;
    }
  }

  /**
   * Writes a checkpoint if one is due. Between two updates of an accumulation it waits for the
   * second, because gradients are not part of a checkpoint.
   */
  private void checkpoint(int iteration) {
    SolverSettings solver = subject.solver;
    checkpointDue |= iteration % solver.checkpointPeriod() == 0;
    if (solver.checkpoints() && checkpointDue && solver.updates(iteration)) {
      save(Checkpoint.file(outputDir, iteration), iteration);
      checkpointDue = false;
    }
  }

  /**
   * Writes the checkpoint that a run ends with, at its end or when it is asked to stop; it does not
   * stop between two updates of an accumulation either.
   */
  private void finish(int iteration, boolean targetReached, boolean asked) {
    boolean saves = subject.solver.checkpoints();
    if (saves && (targetReached || iteration == subject.solver.end())) {
      save(Checkpoint.finalFile(outputDir), iteration);
    } else if (saves && asked) {
      Path file = Checkpoint.file(outputDir, iteration);
      if (!checkpoints.newest().equals(Optional.of(file))) {
        save(file, iteration);
      }
    }
  }

  private void save(Path file, int iteration) {
    monitor.settle();
    checkpoints.save(file, iteration);
    monitor.charts();
  }
}
