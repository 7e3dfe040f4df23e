package dev.maskrcnn.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code maskrcnn inspect}: names its commands. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Looks inside: a training step op by op, the stages of a detector as pictures, single ops"
          + " with kernels and derivatives, weights and settings.",
      ""
    },
    commandListHeading = "%nCommands (each has --help):%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn inspect step --html step.html",
      "  maskrcnn inspect detector photo.jpg --weights runs/mine --html stages.html",
      "  maskrcnn inspect op RoiAlign",
      "  maskrcnn inspect ops"
    })
final class InspectCommand implements Runnable {
  @Spec private CommandSpec spec;
  @Mixin private ExitCodes exitCodes;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is missing: step, detector, op, ops, gradcheck, weights or config");
  }
}
