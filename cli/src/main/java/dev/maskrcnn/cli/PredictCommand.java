package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.engine.StopRequest;
import dev.maskrcnn.detection.engine.TrainedSession;
import dev.maskrcnn.detection.predict.PredictionRun;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code maskrcnn predict}. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Finds objects in images: for each image a JSON file with boxes, masks, classes and scores,"
          + " and a picture with them drawn in.",
      ""
    },
    footerHeading = "%nIn the output folder:%n",
    footer = {
      "  predictions/<image>.json          detections, best first",
      "  predictions/<image>_overlay.png   the image with boxes, masks, names and",
      "                                    scores",
      "  predictions/<image>_heatmaps.png  masks' probabilities (--mask-heatmaps)",
      "",
      "An image that cannot be read is reported and left out; the exit code is",
      "then 1.",
      "",
      "Examples:",
      "  maskrcnn predict output/shapes/shapes/val",
      "  maskrcnn predict a.jpg b.png --weights runs/mine --threshold 0.7",
      "  maskrcnn predict photos/ --weights model.safetensors \\",
      "      --config e2e_mask_rcnn_R_50_FPN_1x --annotations val.json",
      "  maskrcnn predict camera/ --watch --weights runs/mine --mask-heatmaps 2",
      "  maskrcnn predict a.jpg --weights runs/mine --set INPUT.MIN_SIZE_TEST=600"
    })
final class PredictCommand implements Callable<Integer> {
  private static final int MOST_HEAT_MAPS = 10;

  private final Console console;
  private final BiFunction<PredictionRun.Options, PrintStream, PredictionRun.Outcome> run;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "IMAGE|FOLDER|LIST",
      description = {
        "images (JPEG, PNG, BMP, GIF), folders of images, or text files (.txt, .lst) with the path"
            + " of an image in each line"
      })
  private List<Path> inputs;

  @Mixin private TrainedModelOptions trained;

  @Option(
      names = "--threshold",
      paramLabel = "SCORE",
      defaultValue = "0.5",
      description = "least score, 0 to 1, of what is written and drawn (default: ${DEFAULT-VALUE})")
  private double threshold;

  @Option(
      names = "--mask-heatmaps",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "also draw how sure the mask head is of each pixel, for the N times N best objects; 0 for"
            + " none"
      })
  private int heatMaps;

  @Option(
      names = "--watch",
      description = {
        "go on with each image that is put into the folders, or changed in them, until Ctrl-C; in"
            + " place of a camera, let it write its pictures there"
      })
  private boolean watch;

  @Option(
      names = "--annotations",
      paramLabel = "FILE",
      description = "COCO file to take class names from; default: those in the checkpoint")
  private Optional<Path> annotations;

  @Mixin private CategoriesOption categories;
  @Mixin private DeviceOption device;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = {
        "override a setting (maskrcnn config keys lists all); an option here, because other words"
            + " are images"
      })
  private Map<String, String> settings = new LinkedHashMap<>();

  @Mixin private ExitCodes exitCodes;

  PredictCommand(
      Console console, BiFunction<PredictionRun.Options, PrintStream, PredictionRun.Outcome> run) {
    this.console = console;
    this.run = run;
  }

  @Override
  public Integer call() {
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new ParameterException(
          spec.commandLine(), "--threshold: a score from 0 to 1, got " + threshold);
    }
    if (heatMaps < 0 || heatMaps > MOST_HEAT_MAPS) {
      throw new ParameterException(
          spec.commandLine(),
          "--mask-heatmaps: 0 to %s, got %s".formatted(MOST_HEAT_MAPS, heatMaps));
    }
    for (Path input : inputs) {
      if (watch && Files.exists(input) && !Files.isDirectory(input)) {
        throw new ParameterException(
            spec.commandLine(), "--watch: folders only, got the file " + input);
      }
      if (!Files.exists(input)) {
        throw new CliException("%s: no such image or folder; check the path".formatted(input));
      }
    }
    if (annotations.isPresent() && !Files.isRegularFile(annotations.get())) {
      throw new CliException(
          "--annotations: no such file, got %s; check the path".formatted(annotations.get()));
    }
    TrainedModel model = trained.find(console, settings.getOrDefault("MODEL.WEIGHT", ""));
    List<String> overrides = new ArrayList<>();
    settings.forEach((key, value) -> overrides.addAll(List.of(key, value)));
    Config config =
        categories.on(model.config()).merge(overrides).with("MODEL.DEVICE", device.name());
    Path folder = model.folder().resolve("predictions");
    OutputFolder.prepare(folder);
    console.out().printf("weights: %s%n", model.weights().file());
    StopRequest stop = new StopRequest();
    PredictionRun.Options options =
        new PredictionRun.Options(
            new TrainedSession.Choice(model.weights(), config, device.choice(), annotations),
            inputs,
            folder,
            new PredictionRun.Drawing(threshold, heatMaps),
            watch ? Optional.of(stop) : Optional.empty());
    PredictionRun.Outcome outcome;
    if (watch) {
      try (Signals signals = Signals.requesting(stop, console.err(), "ends after this image")) {
        outcome = run.apply(options, console.out());
      }
    } else {
      outcome = run.apply(options, console.out());
    }
    List<String> problems = outcome.problems();
    if (problems.isEmpty()) {
      return ExitCodes.OK;
    }
    throw new CliException(
        "%s of %s images cannot be read, the first: %s"
            .formatted(problems.size(), problems.size() + outcome.images(), problems.get(0)));
  }
}
