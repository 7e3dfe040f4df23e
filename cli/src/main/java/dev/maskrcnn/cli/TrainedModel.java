package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.weights.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The weights that {@code eval} and {@code predict} use, and what goes with them.
 *
 * @param weights safetensors file
 * @param config the settings: those of {@code --config}, else those the checkpoint was trained with
 * @param folder where results go
 */
record TrainedModel(Path weights, Config config, Path folder) {

  /**
   * Finds the weights.
   *
   * @param weights a file, or the output folder of a training run for its last checkpoint; without
   *     it that of {@code outputDir}
   * @param outputDir where results go; without it the folder of the weights
   * @param recipe settings to use instead of the checkpoint's
   * @throws CliException if there is no checkpoint, or none that knows its settings
   */
  static TrainedModel find(
      Optional<Path> weights, Optional<Path> outputDir, Optional<String> recipe) {
    Optional<Config> given = recipe.map(name -> OutputFolder.recipe(Optional.of(name)));
    Path folder =
        outputDir.orElseGet(
            () -> OutputFolder.of(outputDir, recipe, given.orElse(Config.defaults())));
    Path file = file(weights.orElse(folder), weights.isPresent());
    if (weights.isPresent() && outputDir.isEmpty()) {
      Path parent = file.getParent();
      folder = parent == null ? Path.of(".") : parent;
    }
    Config config = given.isPresent() ? given.get() : ownConfig(file);
    return new TrainedModel(file, config, folder);
  }

  private static Path file(Path place, boolean asked) {
    if (Files.isRegularFile(place)) {
      return place;
    }
    if (asked && !Files.isDirectory(place)) {
      throw new CliException(
          "--weights: no such file or folder, got %s; give a safetensors file or the output folder"
                  .formatted(place)
              + " of a training run");
    }
    return Checkpoint.last(place)
        .orElseThrow(
            () ->
                new CliException(
                    "%s: holds no checkpoint (no file %s); train first, or name the weights with"
                            .formatted(place, Checkpoint.LAST)
                        + " --weights FILE or the run with --weights FOLDER"));
  }

  private static Config ownConfig(Path file) {
    return Checkpoint.describe(file)
        .config()
        .orElseThrow(
            () ->
                new CliException(
                    "%s: does not say with which settings it was trained; name them with --config"
                        .formatted(file)));
  }
}
