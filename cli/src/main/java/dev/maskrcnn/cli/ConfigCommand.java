package dev.maskrcnn.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code maskrcnn config}: names its commands. */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Shows settings: the built-in recipes, all keys, and what a run would use.",
    commandListHeading = "%nCommands (each has --help):%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn config list",
      "  maskrcnn config keys SOLVER",
      "  maskrcnn config show --config e2e_mask_rcnn_R_50_FPN_1x > my.yaml"
    })
final class ConfigCommand implements Runnable {
  @Spec private CommandSpec spec;
  @Mixin private ExitCodes exitCodes;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing: show, list or keys");
  }
}
