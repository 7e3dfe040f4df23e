package dev.maskrcnn.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code maskrcnn weights}: names its commands. */
@Command(
    name = "weights",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Files of weights: looks into them, compares them, writes them in another form.",
    commandListHeading = "%nCommands (each has --help):%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn weights list",
      "  maskrcnn weights show model.pth --depth 2",
      "  maskrcnn weights diff before.safetensors after.safetensors",
      "  maskrcnn weights convert R-50.pkl R-50.safetensors"
    })
final class WeightsCommand implements Runnable {
  @Spec private CommandSpec spec;
  @Mixin private ExitCodes exitCodes;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing: list, show, diff, convert or import");
  }
}
