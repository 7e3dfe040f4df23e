package dev.maskrcnn.cli;

import dev.maskrcnn.tensor.Devices;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code maskrcnn doctor}. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    description = {
      "Says what this machine computes with: Java, processor and its instruction set, memory,"
          + " oneDNN; CUDA's driver, devices, kernels and libraries. What is missing is named with"
          + " the way to get it.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {"  maskrcnn doctor"})
final class DoctorCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private ExitCodes exitCodes;

  DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    for (String line : new ProgramVersion().getVersion()) {
      console.out().println(line);
    }
    Devices.reports()
        .forEach(
            (kind, lines) -> {
              console.out().println();
              console.out().println(kind);
              lines.forEach(line -> console.out().println("  " + line));
            });
    return ExitCodes.OK;
  }
}
