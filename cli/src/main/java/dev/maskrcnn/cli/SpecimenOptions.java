package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.inspect.Specimen;
import dev.maskrcnn.detection.weights.WeightFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Model, weights and annotations of the commands that look at a model with an image (a mixin). */
final class SpecimenOptions {
  @Option(
      names = "--config",
      paramLabel = "NAME|FILE",
      description = {
        "a built-in recipe (maskrcnn config list) or a YAML file; default: the settings stored in"
            + " the weights, else shapes_gn"
      })
  private Optional<String> recipe;

  @Option(
      names = "--weights",
      paramLabel = "FILE|DIR|URL",
      description = {
        "a file, the output folder of a training run for its last checkpoint, catalog://NAME or an"
            + " http address; default: initial weights"
      })
  private Optional<String> weights;

  @Option(
      names = "--annotations",
      paramLabel = "FILE",
      description = "COCO file with the objects of the image, found by its file name")
  private Optional<Path> annotations;

  @Mixin private DeviceOption device;

  /** A specimen to be opened, and the name of its model. */
  record Chosen(Specimen.Choice choice, String model) {}

  /** Puts the choices together. */
  Chosen choose(Optional<Path> image, Overrides overrides, Console console) {
    for (Path file : image.stream().toList()) {
      if (!Files.isRegularFile(file)) {
        throw new CliException("%s: no such image; check the path".formatted(file));
      }
    }
    if (annotations.isPresent() && !Files.isRegularFile(annotations.get())) {
      throw new CliException(
          "--annotations: no such file, got %s; check the path".formatted(annotations.get()));
    }
    Config config;
    Optional<WeightFile> file = Optional.empty();
    String model;
    if (weights.isPresent()) {
      TrainedModel trained = TrainedModel.find(weights, Optional.empty(), recipe, console.out());
      config = trained.config();
      file = Optional.of(trained.weights());
      model = trained.weights().file().toString();
    } else {
      config = OutputFolder.recipe(recipe);
      model = recipe.orElse(OutputFolder.DEFAULT_RECIPE) + ", initial weights";
    }
    config = overrides.on(config).with("MODEL.DEVICE", device.name());
    return new Chosen(
        new Specimen.Choice(config, device.choice(), file, image, annotations), model);
  }
}
