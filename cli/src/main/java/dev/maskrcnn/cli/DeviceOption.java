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
      description = "capture training steps whose shapes come again (default: ${DEFAULT-VALUE})")
  private Switch graphs;

  /** Values of an option. */
  enum Switch {
    on,
    off
  }

  String name() {
    System.setProperty("maskrcnn.cuda.graphs", Boolean.toString(graphs == Switch.on));
    return name;
  }
}
