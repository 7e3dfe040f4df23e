package dev.maskrcnn.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which weights, settings and output folder {@code eval} and {@code predict} take (a mixin). */
final class TrainedModelOptions {
  @Option(
      names = "--weights",
      paramLabel = "FILE|DIR|URL",
      description = {
        "a file, the output folder of a training run for its last checkpoint, catalog://NAME or an"
            + " http address; default: --output-dir, else MODEL.WEIGHT of --config"
      })
  private Optional<String> weights;

  @Option(
      names = {"--config", "--config-file"},
      paramLabel = "NAME|FILE",
      description = {
        "a built-in recipe (maskrcnn config list) or a YAML file; default: the settings stored in"
            + " the checkpoint"
      })
  private Optional<String> recipe;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = {
        "where results go; default: the folder of --weights, else output/NAME of --config, else"
            + " output/shapes"
      })
  private Optional<Path> outputDir;

  /** What {@code --config} says; empty if it is not given. */
  String recipe() {
    return recipe.orElse("");
  }

  /**
   * As {@link TrainedModel#find}.
   *
   * @param override {@code MODEL.WEIGHT} of the command line, which says the same as {@code
   *     --weights}; empty if it is not there
   */
  TrainedModel find(Console console, String override) {
    Optional<String> named = Optional.of(override).filter(value -> !value.isEmpty());
    return TrainedModel.find(weights.or(() -> named), outputDir, recipe, console.out());
  }
}
