package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.coco.TrainingRule;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.data.CocoSource;
import dev.maskrcnn.detection.data.ConcatSource;
import dev.maskrcnn.detection.data.DataException;
import dev.maskrcnn.detection.data.SampleSource;
import dev.maskrcnn.detection.download.DownloadException;
import dev.maskrcnn.detection.download.WeightCache;
import dev.maskrcnn.detection.download.WeightCatalog;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.CategoryMatch;
import dev.maskrcnn.detection.engine.ClassCount;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.engine.HalfDecision;
import dev.maskrcnn.detection.engine.LoadedSet;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.engine.RunControl;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.RunLock;
import dev.maskrcnn.detection.engine.RunRecords;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.evaluate.OverlayGallery;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.metrics.CocoSummary;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.detection.weights.WeightNotes;
import dev.maskrcnn.nn.StateDict;
import dev.maskrcnn.nn.optim.Sgd;
import dev.maskrcnn.tensor.device.DeviceChoice;
import dev.maskrcnn.tensor.io.Leftovers;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Training from first to last iteration, with checkpoints, curves and a final evaluation. */
public final class TrainingRun {

  /**
   * What to train; {@link TrainingRunBuilder} puts it together.
   *
   * @param config all settings; the class count is taken from the annotations
   * @param device where it computes
   * @param data at least one set to train on
   * @param outputDir folder of all files; made if missing
   * @param start where it begins
   * @param extent where it ends
   * @param watch how it is watched and stopped
   */
  public record Options(
      Config config,
      DeviceChoice device,
      DataSources data,
      Path outputDir,
      Start start,
      Extent extent,
      Watch watch) {}

  /**
   * Where a run begins.
   *
   * @param weights file to start from, in place of MODEL.WEIGHT; ignored when resuming from a
   *     checkpoint
   * @param resume go on from the last checkpoint of the output folder, if there is one
   * @param seed of initial weights, data order and samplers
   */
  public record Start(Optional<Path> weights, boolean resume, long seed) {}

  /**
   * Where a run ends.
   *
   * @param maxSteps the last iteration, if not SOLVER.MAX_ITER; the schedule stays the same
   * @param evaluate whether to evaluate at the end
   */
  public record Extent(OptionalInt maxSteps, boolean evaluate) {}

  /**
   * How a run is watched and stopped; none of it changes what is computed.
   *
   * @param control records, and who may stop it
   * @param anomalies stop at the first op whose result is not finite; several times slower
   * @param tensorBoard write event files for TensorBoard
   * @param listeners are told after the run's own
   */
  public record Watch(
      RunControl control,
      boolean anomalies,
      boolean tensorBoard,
      List<TrainingListener> listeners) {
    public Watch {
      listeners = List.copyOf(listeners);
    }
  }

  /**
   * What came of it.
   *
   * @param iteration the last iteration that was trained
   * @param checkpoint the last checkpoint; empty if SAVE_CHECKPOINT is False
   * @param summaries for each validation set, by name, the summary of boxes and, with a mask head,
   *     of masks; empty if not evaluated
   * @param stopped why it ended before its time; empty if it did not
   */
  public record Outcome(
      int iteration,
      Optional<Path> checkpoint,
      Map<String, List<CocoSummary>> summaries,
      Optional<String> stopped) {}

  private final Options options;
  private final RunLog log;
  private final SolverSettings solver;
  private final Optional<Path> last;
  private Optional<WeightFile> begun; // to go on or to begin with, until it is loaded
  private final List<LoadedSet> train = new ArrayList<>();
  private final List<LoadedSet> val = new ArrayList<>();
  private final Config config;
  private final long seed;

  /** Checks all that can be checked, and loads the data. */
  private TrainingRun(Options options, RunLog log) {
    this.options = options;
    this.log = log;
    this.solver = SolverSettings.of(options.config, options.extent.maxSteps);
    this.last = options.start.resume ? Checkpoint.last(options.outputDir) : Optional.empty();
    if (last.isPresent() && options.start.weights.isPresent()) {
      log.warning(
          Loggers.CHECKPOINT,
          "--resume goes on from %s; --weights %s is not used"
              .formatted(last.get(), options.start.weights.get()));
    }
    // First of all, since it is what most likely fails on a machine without network.
    this.begun =
        last.or(() -> options.start.weights)
            .or(() -> configuredWeights(options.config))
            .map(WeightFile::read);
    loadData();
    Config own = Family.withDefaults(ClassCount.of(train.get(0)).applyTo(options.config, log));
    this.config = HalfDecision.kept(own, last.flatMap(file -> begun));
    this.seed = seed();
  }

  /**
   * Trains.
   *
   * @throws RunException if something the user gave is wrong, or a loss is not finite; other
   *     unchecked exceptions of this module's packages carry one line for the user as well
   */
  public static Outcome run(Options options, PrintStream console) {
    if (options.data.train().isEmpty()) {
      throw new RunException("train: no data set; name one, or set DATASETS.TRAIN");
    }
    RunControl control = options.watch.control;
    try (RunLock lock = RunLock.take(options.outputDir);
        RunLog log = RunLog.open(options.outputDir, console, RunLog.LOCAL_TIME)) {
      Leftovers.remove(options.outputDir, 3);
      log.openRecords(control.jsonSummary(), control.dllLines());
      TrainingReport report = new TrainingReport(options, RunLog.LOCAL_TIME);
      TrainingRun run = new TrainingRun(options, log);
      run.announce();
      try (Session session = Session.open(options.device, run.config, run.seed, log);
          Sgd optimizer = new Sgd(session.model().state(), run.solver.sgd(), session.scaling())) {
        int done = run.start(session, optimizer);
        TrainingLoop.Subject subject =
            new TrainingLoop.Subject(
                session, optimizer, run.solver, run.seed, run.train.get(0).coco().categories());
        RunPlace place = new RunPlace(options.outputDir, log, control.stop(), new Listeners());
        SampleSource source = run.source();
        try (TrainingMetrics metrics =
            new TrainingMetrics(subject, place, done, options.watch.tensorBoard)) {
          Checkpoints checkpoints = new Checkpoints(subject, place, run.last);
          Validation validation = new Validation(subject, place, run.val, source.size(), metrics);
          if (options.watch.anomalies) {
            place.listeners().add(new AnomalyWatch(subject));
          }
          DivergenceWatch divergence = new DivergenceWatch(subject, checkpoints);
          place.listeners().add(divergence);
          place.listeners().add(metrics);
          place.listeners().add(new TrainingProgress(subject, log));
          place.listeners().add(checkpoints);
          place.listeners().add(validation);
          options.watch.listeners.forEach(place.listeners()::add);
          TrainingLoop loop = new TrainingLoop(subject, place);
          int iteration;
          try {
            iteration = loop.run(source, done);
            if (options.extent.evaluate && !place.stop().requested()) {
              validation.atEnd(iteration);
            }
          } catch (RuntimeException | OutOfMemoryError e) {
            if (divergence.found()) {
              throw e;
            }
            log.attempt(Loggers.RUN, metrics::force);
            throw run.rescued(e, loop.updated(), checkpoints);
          }
          if (place.stop().requested()) {
            log.warning(Loggers.TRAINER, run.stopped(checkpoints, iteration));
          } else {
            log.attempt(Loggers.RUN, () -> run.overlays(session, validation.firstFound()));
          }
          metrics.charts();
          log.attempt(
              Loggers.RUN,
              () ->
                  log.info(
                      Loggers.RUN,
                      "The report is " + report.write(loop, run.train, run.val, validation)));
          return new Outcome(
              iteration, checkpoints.newest(), validation.summaries(), control.stop().reason());
        }
      }
    }
  }

  private void announce() {
    log.info(Loggers.RUN, "Running with config:\n" + config.changesToYaml().stripTrailing());
    RunRecords.ofTraining(log.records(), config, options.watch.control.recipe());
    if (solver.leftOver() > 0) {
      log.warning(
          Loggers.TRAINER,
          "SOLVER.MAX_ITER %s: the gradients of the last %s iterations make no update, which takes"
                  .formatted(solver.end(), solver.leftOver())
              + " SOLVER.ACCUMULATE_STEPS %s".formatted(solver.accumulate()));
    }
  }

  private SampleSource source() {
    TrainingRule rule = BatchPipeline.trainingRule(config);
    List<CocoSource> sources =
        train.stream().map(s -> CocoSource.forTraining(s.coco(), rule)).toList();
    return sources.size() == 1 ? sources.get(0) : new ConcatSource(sources);
  }

  private String stopped(Checkpoints checkpoints, int iteration) {
    return "stopped by %s after iteration %s; %s"
        .formatted(
            options.watch.control.stop().reason().orElseThrow(),
            iteration,
            checkpoints.newest().isPresent()
                ? "go on with: " + resumeCommand()
                : "nothing was saved, SAVE_CHECKPOINT is False");
  }

  private String resumeCommand() {
    return "maskrcnn train --resume --output-dir " + options.outputDir;
  }

  /**
   * Saves the iterations that are done when something else than the training failed: an image, a
   * file, a listener.
   */
  private RuntimeException rescued(Throwable failure, int updated, Checkpoints checkpoints) {
    String done = checkpoints.rescue(updated, failure);
    String next = checkpoints.newest().isPresent() ? "; go on with: " + resumeCommand() : "";
    if (failure instanceof DataException) {
      return new RunException(
          "%s; %s; repair the image, or add DATALOADER.SKIP_DAMAGED True to leave such images out%s"
              .formatted(failure.getMessage(), done, next),
          failure);
    }
    log.error(Loggers.TRAINER, "%s; %s%s".formatted(failure, done, next));
    if (failure instanceof RuntimeException e) {
      return e;
    }
    throw (Error) failure;
  }

  private void loadData() {
    boolean masks = options.config.flag("MODEL.MASK_ON");
    TrainingRule rule = BatchPipeline.trainingRule(options.config);
    for (DatasetSource set : options.data.train()) {
      train.add(LoadedSet.load(set, LoadedSet.Use.training(rule), log));
    }
    for (DatasetSource set : options.data.val()) {
      val.add(LoadedSet.load(set, LoadedSet.Use.evaluation(masks), log));
    }
    CategoryMatch.By by = CategoryMatch.By.of(options.config);
    LoadedSet first = train.get(0);
    List<CocoCategory> classes = first.coco().categories();
    String origin = first.name();
    if (begun.isPresent()) {
      List<CocoCategory> known = Checkpoint.describe(begun.get()).categories();
      if (last.isPresent()) {
        first.requireSame(known, begun.get().file().toString(), by);
      }
      // The labels of weights that know the same classes stay, whatever the numbers in the data.
      if (!known.isEmpty() && CategoryMatch.of(known, classes, by).complete()) {
        classes = known;
        origin = begun.get().file().toString();
      }
    }
    List<CocoCategory> labels = classes;
    String of = origin;
    train.replaceAll(s -> s.matched(labels, of, by, log));
    val.replaceAll(s -> s.matched(labels, of, by, log));
  }

  /** A resumed run goes on with the seed that it was started with. */
  private long seed() {
    return last.isEmpty()
        ? options.start.seed
        : Checkpoint.describe(begun.orElseThrow()).seed().orElse(options.start.seed);
  }

  /**
   * Restores the run or sets its initial weights from a file or by chance; returns the iterations
   * already done.
   */
  private int start(Session session, Sgd optimizer) {
    StateDict state = session.model().state();
    Optional<WeightFile> file = begun;
    begun = Optional.empty();
    if (file.isEmpty()) {
      log.info(Loggers.CHECKPOINT, "No checkpoint found. Initializing model from scratch");
    } else {
      log.info(Loggers.CHECKPOINT, "Loading checkpoint from " + file.get().file());
      WeightNotes.of(file.get()).forEach(line -> log.warning(Loggers.CHECKPOINT, line));
      if (last.isPresent()) {
        return Checkpoint.resume(file.get(), state, optimizer).iteration().orElseThrow();
      }
      WeightNotes.differences(session.config(), file.get())
          .ifPresent(line -> log.warning(Loggers.CHECKPOINT, line));
      List<String> initial = Checkpoint.load(file.get(), state, true);
      if (!initial.isEmpty()) {
        log.warning(
            Loggers.CHECKPOINT,
            "%s: of another number of classes or without some tensors; %s start anew: %s"
                .formatted(file.get().file(), initial.size(), listed(initial)));
      }
    }
    if (Checkpoint.forget(options.outputDir)) {
      log.warning(
          Loggers.CHECKPOINT,
          options.outputDir
              + ": held an earlier run, which this one replaces; use --resume to go on with it");
    }
    return 0;
  }

  private static String listed(List<String> names) {
    int more = names.size() - 12;
    String first = String.join(", ", names.subList(0, Math.min(12, names.size())));
    return more > 0 ? first + ", and %s more".formatted(more) : first;
  }

  /** The file of {@code MODEL.WEIGHT}, from the network if that is where it lies. */
  private Optional<Path> configuredWeights(Config config) {
    String value = config.text("MODEL.WEIGHT");
    if (value.isEmpty()) {
      return Optional.empty();
    }
    if (!WeightCatalog.isRemote(value)) {
      return Optional.of(Path.of(value));
    }
    try {
      return Optional.of(WeightCache.ofUser(log).get(value));
    } catch (DownloadException e) {
      throw new RunException(
          "MODEL.WEIGHT %s: %s; or pass --weights FILE, or MODEL.WEIGHT \"\" for random weights"
              .formatted(value, e.getMessage()),
          e);
    }
  }

  private void overlays(Session session, List<List<DetectionRecord>> firstFound) {
    if (val.isEmpty()) {
      return;
    }
    OverlayGallery gallery =
        new OverlayGallery(val.get(0).coco(), BatchPipeline.orientation(options.config));
    List<List<DetectionRecord>> found =
        firstFound.isEmpty()
            ? gallery.predict(session, log)
            : Arrays.stream(gallery.indices()).mapToObj(firstFound::get).toList();
    Path folder = options.outputDir.resolve("overlays");
    gallery.write(folder, found);
    log.info(Loggers.RUN, "Overlays of truth and prediction are in " + folder);
  }
}
