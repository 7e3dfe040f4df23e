package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.coco.TrainingRule;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.data.CocoSource;
import dev.maskrcnn.detection.data.ConcatSource;
import dev.maskrcnn.detection.data.SampleSource;
import dev.maskrcnn.detection.download.DownloadException;
import dev.maskrcnn.detection.download.WeightCache;
import dev.maskrcnn.detection.download.WeightCatalog;
import dev.maskrcnn.detection.engine.BatchPipeline;
import dev.maskrcnn.detection.engine.CategoryMatch;
import dev.maskrcnn.detection.engine.ClassCount;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.engine.LoadedSet;
import dev.maskrcnn.detection.engine.Loggers;
import dev.maskrcnn.detection.engine.RunControl;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.detection.engine.RunRecords;
import dev.maskrcnn.detection.engine.Session;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.evaluate.Evaluation;
import dev.maskrcnn.detection.evaluate.OverlayGallery;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.detection.log.RunLog;
import dev.maskrcnn.detection.metrics.CocoSummary;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.nn.StateDict;
import dev.maskrcnn.nn.optim.Sgd;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
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
   * @param deviceName {@code cpu}, {@code cuda} or {@code cuda:n}
   * @param data at least one set to train on
   * @param outputDir folder of all files; made if missing
   * @param weights file to start from, in place of MODEL.WEIGHT; ignored when resuming from a
   *     checkpoint
   * @param resume go on from the last checkpoint of {@code outputDir}, if there is one
   * @param skipTest no evaluation at the end
   * @param maxSteps stop after this many iterations; the schedule stays the configuration's
   * @param seed of initial weights, data order and samplers
   * @param control how it is watched and stopped
   */
  public record Options(
      Config config,
      String deviceName,
      DataSources data,
      Path outputDir,
      Optional<Path> weights,
      boolean resume,
      boolean skipTest,
      OptionalInt maxSteps,
      long seed,
      RunControl control) {}

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
      Optional<String> stopped) {

    /** Of a run that came to its end. */
    public Outcome(
        int iteration, Optional<Path> checkpoint, Map<String, List<CocoSummary>> summaries) {
      this(iteration, checkpoint, summaries, Optional.empty());
    }
  }

  private final Options options;
  private final RunLog log;
  private final List<LoadedSet> train = new ArrayList<>();
  private final List<LoadedSet> val = new ArrayList<>();
  private final TrainingReport report;
  private TrainingMonitor monitor;

  private TrainingRun(Options options, RunLog log) {
    this.options = options;
    this.log = log;
    this.report = new TrainingReport(options, Clock.systemDefaultZone());
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
    try (RunLog log = RunLog.open(options.outputDir, console, Clock.systemDefaultZone())) {
      log.openRecords(options.control.jsonSummary(), options.control.dllLines());
      return new TrainingRun(options, log).run();
    }
  }

  private Outcome run() {
    SolverSettings solver = SolverSettings.of(options.config, options.maxSteps);
    Optional<Path> last = options.resume ? Checkpoint.last(options.outputDir) : Optional.empty();
    // First of all, since it is what most likely fails on a machine without network.
    Optional<Path> first =
        last.isPresent()
            ? Optional.empty()
            : options.weights.or(() -> configuredWeights(options.config));
    loadData(last, first);
    Config config = Family.withDefaults(ClassCount.of(train.get(0)).applyTo(options.config, log));
    long seed = seed(last);
    log.info(Loggers.RUN, "Running with config:\n" + config.changesToYaml().stripTrailing());
    RunRecords.ofTraining(log.records(), config, options.control.recipe());
    warnOfLeftOver(solver);
    try (Session session = Session.open(options.deviceName, config, seed);
        Sgd optimizer = new Sgd(session.model().state(), solver.sgd(), session.scaling())) {
      session.tell(log);
      int start = start(session, optimizer, last, first);
      TrainingLoop.Subject subject =
          new TrainingLoop.Subject(
              session, optimizer, solver, seed, train.get(0).coco().categories());
      boolean events = options.control.watch().tensorBoard();
      try (TrainingMonitor opened =
          new TrainingMonitor(options.outputDir, log, start, solver, events)) {
        monitor = opened;
        return train(subject, start, last);
      }
    }
  }

  private Outcome train(TrainingLoop.Subject subject, int start, Optional<Path> last) {
    Session session = subject.session();
    TrainingRule rule = BatchPipeline.trainingRule(session.config());
    List<CocoSource> sources =
        train.stream().map(s -> CocoSource.forTraining(s.coco(), rule)).toList();
    SampleSource source = sources.size() == 1 ? sources.get(0) : new ConcatSource(sources);
    StopRequest stop = options.control.stop();
    TrainingLoop loop =
        new TrainingLoop(
            subject, new TrainingLoop.Place(options.outputDir, log, monitor, stop), last);
    if (options.control.watch().anomalies()) {
      loop.detectAnomalies();
    }
    Evaluation evaluation = new Evaluation(session, options.outputDir, log);
    evaluation.stopBy(stop);
    Validation validation = new Validation(loop, val, source.size(), evaluation);
    log.records().parameter("train_start", true);
    int iteration = loop.run(source, start, validation::after);
    if (iteration == start) {
      log.warning(
          Loggers.TRAINER,
          "iteration %d of %d is done already; raise SOLVER.MAX_ITER to train on"
              .formatted(start, subject.solver().end()));
    }
    if (!options.skipTest && !stop.requested()) {
      validation.atEnd(iteration);
    }
    if (stop.requested()) {
      log.warning(Loggers.TRAINER, stopped(loop, iteration));
    } else {
      overlays(session, validation.firstFound());
    }
    monitor.charts();
    log.info(Loggers.RUN, "The report is " + report.write(subject, train, val, validation));
    return new Outcome(iteration, loop.lastCheckpoint(), validation.summaries(), stop.reason());
  }

  private String stopped(TrainingLoop loop, int iteration) {
    String how =
        loop.lastCheckpoint().isPresent()
            ? "go on with: maskrcnn train --resume --output-dir " + options.outputDir
            : "nothing was saved, SAVE_CHECKPOINT is False";
    return "stopped by %s after iteration %d; %s"
        .formatted(options.control.stop().reason().orElseThrow(), iteration, how);
  }

  private void warnOfLeftOver(SolverSettings solver) {
    if (solver.leftOver() > 0) {
      log.warning(
          Loggers.TRAINER,
          "SOLVER.MAX_ITER %d: the gradients of the last %d iterations make no update, which takes"
                  .formatted(solver.end(), solver.leftOver())
              + " SOLVER.ACCUMULATE_STEPS %d".formatted(solver.accumulate()));
    }
  }

  private void loadData(Optional<Path> last, Optional<Path> weights) {
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
    Optional<Path> begun = last.or(() -> weights);
    if (begun.isPresent()) {
      List<CocoCategory> known = Checkpoint.describe(begun.get()).categories();
      if (last.isPresent()) {
        first.requireSame(known, last.get().toString(), by);
      }
      // The labels of weights that know the same classes stay, whatever the numbers in the data.
      if (!known.isEmpty() && CategoryMatch.of(known, classes, by).complete()) {
        classes = known;
        origin = begun.get().toString();
      }
    }
    List<CocoCategory> labels = classes;
    String of = origin;
    train.replaceAll(s -> s.matched(labels, of, by, log));
    val.replaceAll(s -> s.matched(labels, of, by, log));
  }

  /** A resumed run goes on with the seed that it was started with. */
  private long seed(Optional<Path> last) {
    if (last.isEmpty()) {
      return options.seed;
    }
    Checkpoint.Description description = Checkpoint.describe(last.get());
    return description.seed().orElse(options.seed);
  }

  /**
   * Restores the run or sets its initial weights from a file or by chance; returns the iterations
   * already done.
   */
  private int start(Session session, Sgd optimizer, Optional<Path> last, Optional<Path> file) {
    StateDict weights = session.model().state();
    if (last.isPresent()) {
      log.info(Loggers.CHECKPOINT, "Loading checkpoint from " + last.get());
      Checkpoint.removeLeftovers(options.outputDir);
      return Checkpoint.resume(WeightFile.read(last.get()), weights, optimizer)
          .iteration()
          .orElseThrow();
    }
    if (file.isPresent()) {
      log.info(Loggers.CHECKPOINT, "Loading checkpoint from " + file.get());
      WeightFile content = WeightFile.read(file.get());
      Checkpoint.describe(content)
          .differences(session.config())
          .ifPresent(line -> log.warning(Loggers.CHECKPOINT, line));
      List<String> initial = Checkpoint.load(content, weights, true);
      if (!initial.isEmpty()) {
        log.warning(
            Loggers.CHECKPOINT,
            "%s: of another number of classes or without some tensors; %d start anew: %s"
                .formatted(file.get(), initial.size(), listed(initial)));
      }
    } else {
      log.info(Loggers.CHECKPOINT, "No checkpoint found. Initializing model from scratch");
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
    int most = 12;
    return names.size() <= most
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, most))
            + ", and %d more".formatted(names.size() - most);
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
