package dev.maskrcnn.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code maskrcnn benchmark}: names its commands. */
@Command(
    name = "benchmark",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Measures images per second, as train_benchmark.sh and inference_benchmark.sh of NVIDIA's"
          + " version do.",
    },
    commandListHeading = "%nCommands (each has --help):%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  maskrcnn benchmark train float32 --steps 10",
      "  maskrcnn benchmark inference float16 --device cuda --batch 8"
    })
final class BenchmarkCommand implements Runnable {
  @Spec private CommandSpec spec;
  @Mixin private ExitCodes exitCodes;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing: train or inference");
  }
}
