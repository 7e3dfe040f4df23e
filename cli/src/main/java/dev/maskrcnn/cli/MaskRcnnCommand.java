package dev.maskrcnn.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root: names the commands. */
@Command(
    name = "maskrcnn",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Trains, evaluates and applies Mask R-CNN and Faster R-CNN on COCO-style data.",
      ""
    },
    commandListHeading = "%nCommands (each has --help):%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn train",
      "      the whole way once, in minutes: makes a synthetic data set, trains a",
      "      small model on it, evaluates it and draws the curves (output/shapes)",
      "  maskrcnn eval --output-dir output/shapes",
      "  maskrcnn predict photo.jpg --weights output/shapes",
      "  maskrcnn dataset verify --annotations train.json --images train/",
      "  maskrcnn config show --config e2e_mask_rcnn_R_50_FPN_1x",
      "",
      "All cores are used; OMP_NUM_THREADS=N sets another number."
    })
final class MaskRcnnCommand implements Runnable {
  @Spec private CommandSpec spec;
  @Mixin private ExitCodes exitCodes;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "print stack traces of errors (as does java -Dmaskrcnn.debug)")
  private boolean debug;

  boolean debug() {
    return debug;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
