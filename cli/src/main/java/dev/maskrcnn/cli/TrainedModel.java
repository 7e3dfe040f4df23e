package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.download.WeightCatalog;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.detection.weights.WeightFile;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The weights that {@code eval} and {@code predict} use, and what goes with them.
 *
 * @param weights the opened file, in any form that is read
 * @param config the settings: those of {@code --config}, else those the checkpoint was trained with
 * @param folder where results go
 */
record TrainedModel(WeightFile weights, Config config, Path folder) {
  /**
   * Finds the weights, and downloads them if they lie in the network.
   *
   * @param weights a file, the output folder of a training run for its last checkpoint, or what
   *     {@link WeightCatalog} knows; without it the last checkpoint of {@code outputDir}, else the
   *     recipe's {@code MODEL.WEIGHT}, unless that is a body without heads
   * @param outputDir where results go; without it the folder of the weights
   * @param recipe settings to use instead of the checkpoint's
   * @param out shows the progress of a download
   * @throws CliException if there is no checkpoint, or none that knows its settings
   */
  static TrainedModel find(
      Optional<String> weights,
      Optional<Path> outputDir,
      Optional<String> recipe,
      PrintStream out) {
    Optional<Config> given = recipe.map(name -> OutputFolder.recipe(Optional.of(name)));
    Path folder =
        outputDir.orElseGet(
            () -> OutputFolder.of(outputDir, recipe, given.orElse(Config.defaults())));
    String configured = given.map(c -> c.text("MODEL.WEIGHT")).orElse("");
    boolean whole = !configured.isEmpty() && !WeightCatalog.isBodyOnly(configured);
    Path file;
    if (weights.isPresent()) {
      file = asked(weights.get(), out);
      if (outputDir.isEmpty() && !WeightCatalog.isRemote(weights.get())) {
        Path parent = file.getParent();
        folder = parent == null ? Path.of(".") : parent;
      }
    } else if (whole && Checkpoint.last(folder).isEmpty()) {
      file = WeightChoice.fetched("MODEL.WEIGHT", configured, out);
    } else {
      file = last(folder);
    }
    WeightFile content = WeightFile.read(file);
    Config config = given.isPresent() ? underOwnRules(given.get(), content) : ownConfig(content);
    return new TrainedModel(content, config, folder);
  }

  private static Path asked(String weights, PrintStream out) {
    if (WeightCatalog.isRemote(weights)) {
      return WeightChoice.fetched("--weights", weights, out);
    }
    Path place = WeightChoice.path("--weights", weights);
    if (Files.isRegularFile(place)) {
      return place;
    }
    if (!Files.isDirectory(place)) {
      throw new CliException(
          "--weights: no such file or folder, got %s; give a file, the output folder of a training"
                  .formatted(place)
              + " run, catalog://NAME or an http address");
    }
    return last(place);
  }

  private static Path last(Path folder) {
    return Checkpoint.last(folder)
        .orElseThrow(
            () ->
                new CliException(
                    "%s: holds no checkpoint (no file %s); train first, or name the weights with"
                            .formatted(folder, Checkpoint.LAST)
                        + " --weights FILE or the run with --weights FOLDER"));
  }

  /** A recipe says what to do, but weights keep the conventions that they were trained under. */
  private static Config underOwnRules(Config recipe, WeightFile weights) {
    return Checkpoint.describe(weights)
        .config()
        .map(own -> Family.underRulesOf(own, recipe))
        .orElse(recipe);
  }

  private static Config ownConfig(WeightFile weights) {
    return Checkpoint.describe(weights)
        .config()
        .orElseThrow(
            () ->
                new CliException(
                    "%s: does not say with which settings it was trained; name them with --config"
                        .formatted(weights.file())));
  }
}
