package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.evaluate.EvaluationRun;
import dev.maskrcnn.detection.metrics.CocoSummary;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code maskrcnn eval}. */
@Command(
    name = "eval",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Evaluates a trained model: COCO's average precision and recall of boxes and masks.",
      "",
      "Without options it takes the last checkpoint of output/shapes, with the settings and data"
          + " sets of that run. A data set in Pascal VOC's format is also measured by VOC's rule.",
      ""
    },
    footerHeading = "%nIn the output folder, for each data set:%n",
    footer = {
      "  inference/<data set>/bbox.json      detected boxes, COCO's result format",
      "  inference/<data set>/segm.json      detected masks",
      "  inference/<data set>/results.json   the numbers, also for each category",
      "  inference/<data set>/*.png          precision over recall, confusion matrix",
      "  inference/<data set>/result.txt     Pascal VOC's measure, for such data",
      "",
      "Examples:",
      "  maskrcnn eval",
      "  maskrcnn eval --output-dir runs/mine",
      "  maskrcnn eval --weights runs/mine/model_0002500.safetensors \\",
      "      --output-dir runs/other --images test/ --annotations test.json",
      "  maskrcnn eval --config e2e_mask_rcnn_R_50_FPN_1x \\",
      "      --weights model.safetensors --catalog my_datasets.yaml \\",
      "      DATASETS.TEST \"('my_val',)\""
    })
final class EvalCommand implements Callable<Integer> {
  private final Console console;
  private final BiFunction<EvaluationRun.Options, PrintStream, Map<String, List<CocoSummary>>> run;

  @Spec private CommandSpec spec;

  @Mixin private TrainedModelOptions trained;

  @Mixin private DeviceOption device;

  @Mixin private CategoriesOption categories;
  @Mixin private PrecisionOptions precision;
  @Mixin private RecordOptions records;

  @Option(names = "--skip-eval", description = "write predictions only")
  private boolean skipEval;

  @Option(
      names = {"--infer-steps", "--infer_steps"},
      paramLabel = "N",
      description = "stop after N batches, without evaluation: to measure speed")
  private Optional<Integer> steps;

  @Option(
      names = "--original-latency",
      description = {
        "give latency_90, _95 and _99 as the original does, which averages the fastest 90, 95 and"
            + " 99 %% of the batches; else they are percentiles"
      })
  private boolean originalLatency;

  @Option(
      names = "--catalog",
      paramLabel = "FILE",
      description = {
        "YAML file with lines like  my_val: {images: DIR, annotations: FILE}  for the names in"
            + " DATASETS.TEST; default: datasets.yaml of the training run, then PATHS_CATALOG"
      })
  private Optional<Path> catalog;

  @ArgGroup(
      exclusive = false,
      multiplicity = "0..1",
      heading = "%nA data set by its paths, in place of DATASETS.TEST:%n")
  private Data data;

  @Mixin private Overrides overrides;
  @Mixin private ExitCodes exitCodes;

  /** Paths of a data set. */
  static final class Data {
    @Option(
        names = "--images",
        paramLabel = "DIR|LIST",
        required = true,
        description = {
          "folder of the images; or a text file with the path of an image in each line, which are"
              + " then only predicted"
        })
    private Path images;

    @Option(
        names = "--annotations",
        paramLabel = "FILE",
        description = "their annotations, JSON in COCO's format")
    private Path annotations;

    private DatasetSource source(CommandSpec spec) {
      if (annotations != null) {
        return DataSets.direct(images, annotations);
      }
      if (!Files.isRegularFile(images)) {
        throw new ParameterException(
            spec.commandLine(),
            "--images %s: needs --annotations FILE, or must be a text file that lists images"
                .formatted(images));
      }
      return DataSets.list(images);
    }
  }

  EvalCommand(
      Console console,
      BiFunction<EvaluationRun.Options, PrintStream, Map<String, List<CocoSummary>>> run) {
    this.console = console;
    this.run = run;
  }

  @Override
  public Integer call() {
    if (steps.isPresent() && steps.get() == -1) {
      steps = Optional.empty(); // the original's default
    }
    if (steps.isPresent() && steps.get() < 1) {
      throw new ParameterException(
          spec.commandLine(), "--infer-steps: at least 1, got " + steps.get());
    }
    // Wrong words fail before any file is looked for.
    String weights = overrides.on(Config.defaults()).text("MODEL.WEIGHT");
    List<DatasetSource> direct = data == null ? List.of() : List.of(data.source(spec));
    TrainedModel model = trained.find(console, weights);
    Config config =
        precision
            .on(overrides.on(categories.on(model.config())))
            .with("OUTPUT_DIR", model.folder().toString())
            .with("MODEL.DEVICE", device.name());
    config = DataSets.withCatalog(config, catalog);
    List<DatasetSource> sets = direct.isEmpty() ? named(config, model) : direct;
    OutputFolder.prepare(model.folder());
    console.out().printf("weights: %s%n", model.weights().file());
    EvaluationRun.Options options =
        new EvaluationRun.Options(
            config, device.choice(), sets, model.folder(), model.weights(), skipEval, measure());
    var unused = run.apply(options, console.out());
    for (DatasetSource set : sets) {
      Path results = model.folder().resolve("inference").resolve(set.name());
      console.out().printf("results: %s%n", results);
    }
    return ExitCodes.OK;
  }

  private EvaluationRun.Measure measure() {
    OptionalInt batches = steps.isPresent() ? OptionalInt.of(steps.get()) : OptionalInt.empty();
    return new EvaluationRun.Measure(batches, originalLatency, records.control(trained.recipe()));
  }

  private List<DatasetSource> named(Config config, TrainedModel model) {
    boolean useRecord = catalog.isEmpty() && !overrides.names("PATHS_CATALOG");
    Path parent = model.weights().file().toAbsolutePath().getParent();
    List<DatasetSource> sets =
        new DataSets(config, parent, useRecord, console).named("DATASETS.TEST");
    if (sets.isEmpty()) {
      throw new CliException(
          "DATASETS.TEST: names no data set; give --images DIR --annotations FILE, or --catalog"
              + " FILE and DATASETS.TEST \"('name',)\"");
    }
    return sets;
  }
}
