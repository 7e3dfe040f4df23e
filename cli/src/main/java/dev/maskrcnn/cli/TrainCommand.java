package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.download.WeightCatalog;
import dev.maskrcnn.detection.engine.DataSources;
import dev.maskrcnn.detection.engine.RunControl;
import dev.maskrcnn.detection.engine.RunLock;
import dev.maskrcnn.detection.train.TrainingRun;
import dev.maskrcnn.detection.train.TrainingRunBuilder;
import dev.maskrcnn.detection.weights.Checkpoint;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code maskrcnn train}. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Trains a model, then evaluates it.",
      "",
      "Without --config it trains the embedded default, shapes_gn: a small Mask R-CNN with group"
          + " norm, from scratch, on a synthetic data set of coloured shapes that it makes first.",
      ""
    },
    footerHeading = "%nIn the output folder:%n",
    footer = {
      "  log.txt, metrics.jsonl     progress as text and as one JSON object a line",
      "  loss.png, ap.png, lr.png   curves",
      "  model_*.safetensors        checkpoints (SOLVER.CHECKPOINT_PERIOD); the",
      "                             file last_checkpoint names the newest, and",
      "                             model_best is the one with the best AP",
      "  inference/<data set>/      predictions and AP of the final evaluation",
      "  report.html                the run on one page, for a browser",
      "  overlays/                  some images, truth beside prediction",
      "  tensorboard/               the same numbers for TensorBoard",
      "  datasets.yaml              where the data sets lie",
      "",
      "Examples:",
      "  maskrcnn train",
      "  maskrcnn train --max-steps 20 --skip-test",
      "  maskrcnn train --resume",
      "  maskrcnn train --config e2e_mask_rcnn_R_50_FPN_1x \\",
      "      --weights pretrained.safetensors --output-dir runs/mine \\",
      "      --train-images train/ --train-annotations train.json \\",
      "      --val-images val/ --val-annotations val.json \\",
      "      SOLVER.IMS_PER_BATCH 2 SOLVER.BASE_LR 0.0025",
      "  maskrcnn train --config my.yaml --catalog my_datasets.yaml \\",
      "      DATASETS.TRAIN \"('my_train',)\" DATASETS.TEST \"('my_val',)\""
    })
final class TrainCommand implements Callable<Integer> {
  private final Console console;
  private final BiFunction<TrainingRun.Options, PrintStream, TrainingRun.Outcome> train;

  @Spec private CommandSpec spec;

  @Option(
      names = {"--config", "--config-file"},
      paramLabel = "NAME|FILE",
      description = "a built-in recipe (maskrcnn config list) or a YAML file; default: shapes_gn")
  private Optional<String> recipe;

  @Option(
      names = "--weights",
      paramLabel = "FILE|URL",
      description = {
        "what to start from: a file, catalog://NAME or an http address; default: MODEL.WEIGHT"
      })
  private Optional<String> weights;

  @Option(
      names = "--resume",
      description = {
        "go on from the last checkpoint of the output folder; without --config with the settings"
            + " stored in it. If there is none, a run with --config or data of its own starts anew"
      })
  private boolean resume;

  @Option(names = "--skip-test", description = "no evaluation after training")
  private boolean skipTest;

  @Option(
      names = {"--skip-checkpoint", "--skip_checkpoint"},
      description = "write no checkpoints, the same as SAVE_CHECKPOINT False")
  private boolean skipCheckpoint;

  @Option(
      names = {"--max-steps", "--max_steps"},
      paramLabel = "N",
      description =
          "stop after iteration N; the learning rate follows SOLVER.MAX_ITER all the same")
  private Optional<Integer> maxSteps;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = {
        "folder of all files; default: OUTPUT_DIR, else output/NAME of --config, else output/shapes"
      })
  private Optional<Path> outputDir;

  @Mixin private CategoriesOption categories;
  @Mixin private DeviceOption device;
  @Mixin private PrecisionOptions precision;
  @Mixin private RecordOptions records;

  @Option(
      names = "--detect-anomaly",
      description = {
        "stop at the first op whose result or gradient is not finite, and name it, its module, the"
            + " shapes and the images; several times slower"
      })
  private boolean anomalies;

  @Option(
      names = "--tensorboard",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "write event files for TensorBoard (default); --no-tensorboard: do not")
  private boolean tensorBoard;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = {
        "seed of initial weights, order of images and samplers (default: 1, or the checkpoint's"
            + " with --resume); the same seed and number of threads give the same losses"
      })
  private Optional<Long> seed;

  @Option(
      names = "--catalog",
      paramLabel = "FILE",
      description = {
        "YAML file with lines like  my_train: {images: DIR, annotations: FILE}  for the names in"
            + " DATASETS.TRAIN and DATASETS.TEST; default: PATHS_CATALOG"
      })
  private Optional<Path> catalog;

  @ArgGroup(
      exclusive = false,
      multiplicity = "0..1",
      heading = "%nData sets by their paths, in place of DATASETS.TRAIN and DATASETS.TEST:%n")
  private TrainData data;

  @Mixin private Overrides overrides;
  @Mixin private ExitCodes exitCodes;

  /** Paths of the training set. */
  static final class TrainData {
    @Option(
        names = "--train-images",
        paramLabel = "DIR",
        required = true,
        description = "folder of the images to train on")
    private Path images;

    @Option(
        names = "--train-annotations",
        paramLabel = "FILE",
        required = true,
        description = "their annotations, JSON in COCO's format")
    private Path annotations;

    @ArgGroup(exclusive = false, multiplicity = "0..1")
    private ValData val;
  }

  /** Paths of the validation set. */
  static final class ValData {
    @Option(
        names = "--val-images",
        paramLabel = "DIR",
        required = true,
        description = "folder of the images to evaluate on after training")
    private Path images;

    @Option(
        names = "--val-annotations",
        paramLabel = "FILE",
        required = true,
        description = "their annotations")
    private Path annotations;
  }

  TrainCommand(
      Console console, BiFunction<TrainingRun.Options, PrintStream, TrainingRun.Outcome> train) {
    this.console = console;
    this.train = train;
  }

  @Override
  public Integer call() {
    if (maxSteps.isPresent() && maxSteps.get() < 1) {
      throw new ParameterException(
          spec.commandLine(), "--max-steps: at least 1, got " + maxSteps.get());
    }
    Optional<Checkpoint.Description> checkpoint = checkpoint();
    Config settings = settings(checkpoint);
    Config config = precision.on(overrides.on(categories.on(settings)));
    config = skipCheckpoint ? config.with("SAVE_CHECKPOINT", false) : config;
    RateHint.of(settings, config).ifPresent(console::note);
    Path folder = OutputFolder.of(outputDir, runName(), config);
    if (!resume && outputDir.isEmpty() && config.isDefault("OUTPUT_DIR")) {
      folder = OutputFolder.free(folder, console);
    }
    config = config.with("OUTPUT_DIR", folder.toString()).with("MODEL.DEVICE", device.name());
    config = DataSets.withCatalog(config, catalog);
    if (remote().isPresent()) {
      config = config.with("MODEL.WEIGHT", remote().get());
    }
    // A checkpoint to go on from holds the weights; where the run once began does not matter.
    boolean begun = checkpoint.isPresent() && weights.isEmpty();
    Optional<Path> start = begun ? Optional.empty() : start(config);
    boolean goOn = resume && recipe.isEmpty() && catalog.isEmpty();
    DataSets sets = new DataSets(config, folder, goOn, console);
    DataSources sources = sources(sets, config, folder);
    if (data != null) {
      config = config.with("DATASETS.TRAIN", names(sources.train()));
      config = config.with("DATASETS.TEST", names(sources.val()));
    }
    OutputFolder.prepare(folder);
    List<DatasetSource> all = new ArrayList<>(sources.train());
    all.addAll(sources.val());
    try (RunLock free = RunLock.take(folder)) { // or another run's record would be replaced
      sets.record(all);
    }
    RunControl control = records.control(recipe.orElse(OutputFolder.DEFAULT_RECIPE));
    TrainingRunBuilder run =
        new TrainingRunBuilder(config, sources, folder)
            .device(device.choice())
            .evaluateAtEnd(!skipTest)
            .seed(seed.orElse(checkpoint.map(c -> c.seed().orElse(1)).orElse(1L)))
            .control(control)
            .detectAnomalies(anomalies)
            .tensorBoard(tensorBoard);
    start.ifPresent(run::weights);
    maxSteps.ifPresent(run::maxSteps);
    TrainingRun.Outcome outcome;
    try (Signals signals = Signals.requesting(control.stop(), console.err())) {
      outcome = train.apply((resume ? run.resume() : run).build(), console.out());
    }
    report(outcome, folder);
    return outcome.stopped().map(Signals::code).orElse(ExitCodes.OK);
  }

  /** The checkpoint to go on from, if its settings are needed. */
  private Optional<Checkpoint.Description> checkpoint() {
    if (!resume) {
      return Optional.empty();
    }
    Config known = recipe.isPresent() ? OutputFolder.recipe(recipe) : Config.defaults();
    Path folder = OutputFolder.of(outputDir, runName(), overrides.on(known));
    Optional<Path> last = Checkpoint.last(folder);
    if (last.isEmpty() && recipe.isEmpty() && data == null) {
      throw new CliException(
          ("%s: holds no checkpoint to go on from (no file %s); name the run with --output-dir, or"
                  + " leave out --resume to start anew")
              .formatted(folder, Checkpoint.LAST));
    }
    if (last.isEmpty()) {
      console.note(folder + " holds no checkpoint to go on from; this run starts anew");
    }
    return last.map(Checkpoint::describe);
  }

  /** What the output folder is called after; empty for the default run on the default data. */
  private Optional<String> runName() {
    return recipe.isEmpty() && data != null ? Optional.of(OutputFolder.DEFAULT_RECIPE) : recipe;
  }

  private Config settings(Optional<Checkpoint.Description> checkpoint) {
    if (recipe.isEmpty() && checkpoint.isPresent()) {
      Optional<Config> stored = checkpoint.get().config();
      if (stored.isPresent()) {
        return stored.get();
      }
    }
    if (recipe.isEmpty() && data != null) {
      console.note(
          "without --config this trains shapes_gn, a small model for images of 128 pixels; for"
              + " photographs name another, like --config e2e_mask_rcnn_R_50_FPN_1x");
    }
    return OutputFolder.recipe(recipe);
  }

  /** {@code --weights} if it is no file. */
  private Optional<String> remote() {
    return weights.filter(WeightCatalog::isRemote);
  }

  /** {@code --weights}, else what the configuration names, if it is a file. */
  private Optional<Path> start(Config config) {
    String named = config.text("MODEL.WEIGHT");
    if (weights.isPresent() && remote().isEmpty()) {
      return Optional.of(WeightChoice.file("--weights", weights.get()));
    }
    if (named.isEmpty()) {
      return Optional.empty();
    }
    if (WeightCatalog.isRemote(named)) {
      WeightCatalog.builtin().locate(named); // a name that is not known fails here
      return Optional.empty();
    }
    Path file = Path.of(named);
    if (!Files.isRegularFile(file)) {
      throw new CliException(
          "MODEL.WEIGHT: no such file, got %s in %s; name one with --weights"
              .formatted(named, config.origin("MODEL.WEIGHT")));
    }
    return Optional.of(file);
  }

  private DataSources sources(DataSets sets, Config config, Path folder) {
    if (data != null) {
      DatasetSource.Coco train = DataSets.direct(data.images, data.annotations);
      if (data.val == null) {
        return new DataSources(List.of(train), List.of());
      }
      DatasetSource.Coco val = DataSets.direct(data.val.images, data.val.annotations);
      return new DataSources(List.of(train), List.of(DataSets.apart(train, val, "val")));
    }
    if (config.texts("DATASETS.TRAIN").isEmpty()) {
      throw new CliException(
          "DATASETS.TRAIN: names no data set; give --train-images DIR --train-annotations FILE, or"
              + " --catalog FILE and DATASETS.TRAIN \"('name',)\"");
    }
    if (config.texts("DATASETS.TRAIN").contains(DataSets.SHAPES_TRAIN)) {
      OutputFolder.prepare(folder);
    }
    return new DataSources(
        sets.named("DATASETS.TRAIN"),
        skipTest && !config.flag("PER_EPOCH_EVAL") ? List.of() : sets.named("DATASETS.TEST"));
  }

  private static List<String> names(List<? extends DatasetSource> sources) {
    return sources.stream().map(source -> source.name()).toList();
  }

  private void report(TrainingRun.Outcome outcome, Path folder) {
    console.out().printf("trained to iteration %s%n", outcome.iteration());
    outcome.checkpoint().ifPresent(file -> console.out().printf("checkpoint: %s%n", file));
    console.out().printf("log, curves, overlays and results: %s%n", folder);
    if (outcome.stopped().isPresent()) {
      console.out().printf("next: maskrcnn train --resume --output-dir %s%n", folder);
    } else if (outcome.checkpoint().isPresent()) {
      console.out().printf("next: maskrcnn predict IMAGE --weights %s%n", folder);
    }
  }
}
