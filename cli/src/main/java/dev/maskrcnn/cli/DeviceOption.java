package dev.maskrcnn.cli;

import picocli.CommandLine.Option;

/** {@code --device} of every command that computes (a mixin). */
final class DeviceOption {
  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "cpu",
      description = "where to compute (default: ${DEFAULT-VALUE})")
  private String name;

  @Option(
      names = "--cuda-graphs",
      paramLabel = "on|off",
      defaultValue = "off",
      description =
          "on a CUDA device, launch what comes again with the same padded shapes as one graph"
              + " (default: ${DEFAULT-VALUE})")
  private Switch graphs;

  /** Values of an option. */
  enum Switch {
    on,
    off
  }

  String name() {
    if (graphs == Switch.on && !name.startsWith("cuda")) {
      throw new CliException(
          "--cuda-graphs on: device %s has none; add --device cuda, or leave it out"
              .formatted(name));
    }
    System.setProperty("maskrcnn.cuda.graphs", Boolean.toString(graphs == Switch.on));
    return name;
  }
}
