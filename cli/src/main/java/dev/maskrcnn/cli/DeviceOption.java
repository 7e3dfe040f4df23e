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

  String name() {
    return name;
  }
}
