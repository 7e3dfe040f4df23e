package dev.maskrcnn.cli;

import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.DatasetSource;
import dev.maskrcnn.detection.shapes.PhotoLikeImages;
import dev.maskrcnn.detection.train.BenchmarkWeights;
import dev.maskrcnn.tensor.device.DeviceChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What both benchmarks take (a mixin). */
final class BenchmarkOptions {
  /** The original's names of precisions; its scripts treat tf32 as "not float16". */
  private static final Map<String, String> TYPES =
      Map.of(
          "float32", "float32",
          "tf32", "float32",
          "float16", "float16",
          "bfloat16", "bfloat16");

  private static final int MOST_IMAGES = 256;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Parameters(
      arity = "0..*",
      paramLabel = "[float16|float32] [KEY VALUE]...",
      hideParamSyntax = true,
      description =
          "precision (default: that of the recipe), and settings that override the recipe")
  private List<String> words = new ArrayList<>();

  @Option(
      names = {"--config", "--config-file"},
      paramLabel = "NAME|FILE",
      defaultValue = "e2e_mask_rcnn_R_50_FPN_1x",
      description = "a built-in recipe or a YAML file (default: ${DEFAULT-VALUE})")
  private String recipe;

  @Option(names = "--batch", paramLabel = "N", description = "images per step")
  private Optional<Integer> batch;

  @Option(names = "--steps", paramLabel = "N", description = "steps to measure")
  private Optional<Integer> steps;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description = {
        "a file, catalog://NAME or an http address; default: random weights that cost the same time"
      })
  private Optional<String> weights;

  @Mixin private DeviceOption device;
  @Mixin private RecordOptions records;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = "folder of log and records (default: output/benchmark)")
  private Path folder = Path.of("output", "benchmark");

  @ArgGroup(exclusive = false, multiplicity = "0..1", heading = "%nData (default: synthetic):%n")
  private Data data;

  /** Paths of a data set. */
  static final class Data {
    @Option(
        names = "--images",
        paramLabel = "DIR",
        required = true,
        description = "folder of images")
    private Path images;

    @Option(
        names = "--annotations",
        paramLabel = "FILE",
        required = true,
        description = "their annotations, JSON in COCO's format")
    private Path annotations;
  }

  /** The settings: the recipe, the precision, the overrides. */
  Config config() {
    List<String> rest = new ArrayList<>(words);
    Config config = BuiltinConfigs.load(recipe);
    if (!rest.isEmpty() && TYPES.containsKey(rest.get(0))) {
      config = config.with("DTYPE", TYPES.get(rest.remove(0)));
    } else if (rest.size() % 2 == 1 && !rest.get(0).contains(".")) {
      throw new ParameterException(
          command.commandLine(),
          "a precision is one of float16, float32, tf32, bfloat16, got \"%s\""
              .formatted(rest.get(0)));
    }
    return config
        .merge(rest)
        .with("MODEL.DEVICE", device.name())
        .with("OUTPUT_DIR", folder.toString());
  }

  /** {@code --batch}, else a number for a CPU or one for a GPU. */
  int batch(int cpu, int gpu) {
    return positive("--batch", batch.orElse(device.name().startsWith("cpu") ? cpu : gpu));
  }

  /** {@code --steps}, else a number for a CPU or one for a GPU. */
  int steps(int cpu, int gpu) {
    return positive("--steps", steps.orElse(device.name().startsWith("cpu") ? cpu : gpu));
  }

  private int positive(String option, int value) {
    if (value < 1) {
      throw new ParameterException(
          command.commandLine(), "%s: at least 1, got %s".formatted(option, value));
    }
    return value;
  }

  DeviceChoice device() {
    return device.choice();
  }

  String recipe() {
    return recipe;
  }

  Path folder() {
    return folder;
  }

  RecordOptions records() {
    return records;
  }

  /** The data to measure on; synthetic images are made, as many as one run looks at. */
  DatasetSource.Coco data(int images, Console console) {
    if (data != null) {
      return DataSets.direct(data.images, data.annotations);
    }
    int count = Math.min(images, MOST_IMAGES);
    PhotoLikeImages made = PhotoLikeImages.make(folder.resolve("synthetic"), count, 1);
    console.out().printf("data: %s synthetic images of 640x480 in %s%n", count, made.folder());
    return new DatasetSource.Coco("synthetic", made.images(), made.annotations());
  }

  /** The weights to measure with. */
  Path weights(Config config, DatasetSource.Coco source, Console console) {
    if (weights.isPresent()) {
      return WeightChoice.fetched("--weights", weights.get(), console.out());
    }
    Path file = folder.resolve("random.safetensors");
    int categories = CocoDataset.load(source.annotations(), source.images()).categories().size();
    BenchmarkWeights.write(config.with("MODEL.ROI_BOX_HEAD.NUM_CLASSES", categories + 1), file);
    console.out().printf("weights: random, in %s%n", file);
    return file;
  }

  boolean randomWeights() {
    return weights.isEmpty();
  }
}
