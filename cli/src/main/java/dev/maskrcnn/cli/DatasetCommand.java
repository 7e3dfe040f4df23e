package dev.maskrcnn.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code maskrcnn dataset}: names its commands. */
@Command(
    name = "dataset",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Makes, measures, checks, downloads and converts data sets in COCO's format.",
    commandListHeading = "%nCommands (each has --help):%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn dataset shapes --output-dir data/shapes",
      "  maskrcnn dataset stats --annotations data/shapes/instances_train.json",
      "  maskrcnn dataset verify --annotations data/shapes/instances_train.json \\",
      "      --images data/shapes/train"
    })
final class DatasetCommand implements Runnable {
  @Spec private CommandSpec spec;
  @Mixin private ExitCodes exitCodes;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is missing: shapes, stats, verify, clean, download, extract or convert");
  }
}
