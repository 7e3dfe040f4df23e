package dev.maskrcnn.cli;

import dev.maskrcnn.detection.shapes.ShapesConfig;
import dev.maskrcnn.detection.shapes.ShapesDataset;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code maskrcnn dataset shapes}. */
@Command(
    name = "shapes",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Makes a synthetic data set in COCO's format: coloured shapes of several classes that"
          + " overlap, some in several parts, some tiny, some as a crowd.",
      "",
      "The same options give the same files. A data set of shapes that is there already is replaced"
          + " if it was made with other options; any other folder is left alone.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn dataset shapes --output-dir data/shapes",
      "  maskrcnn dataset shapes --output-dir data/more --train 5000 --size 256"
    })
final class DatasetShapesCommand implements Callable<Integer> {
  private static final ShapesConfig DEFAULTS = ShapesConfig.defaults();

  private final Console console;

  @Spec private CommandSpec spec;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      required = true,
      description = "folder of the data set")
  private Path folder;

  @Option(
      names = "--train",
      paramLabel = "N",
      description = "images to train on (default: ${DEFAULT-VALUE})")
  private int train = DEFAULTS.trainImages();

  @Option(
      names = "--val",
      paramLabel = "N",
      description = "images to evaluate on (default: ${DEFAULT-VALUE})")
  private int val = DEFAULTS.valImages();

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description = "width and height of each image (default: ${DEFAULT-VALUE})")
  private int size = DEFAULTS.size();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "seed of everything random (default: ${DEFAULT-VALUE})")
  private long seed = DEFAULTS.seed();

  @Mixin private ExitCodes exitCodes;

  DatasetShapesCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ShapesConfig config;
    try {
      config = new ShapesConfig(train, val, size, seed);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    ShapesDataset made = ShapesDataset.prepare(folder, config);
    console
        .out()
        .printf(
            "%s: %s images to train on, %s to evaluate on, classes %s%n",
            made.folder(), train, val, String.join(", ", ShapesDataset.categoryNames()));
    console
        .out()
        .printf(
            "next: maskrcnn train --train-images %s --train-annotations %s --val-images %s"
                + " --val-annotations %s%n",
            made.trainImages(), made.trainAnnotations(), made.valImages(), made.valAnnotations());
    return ExitCodes.OK;
  }
}
