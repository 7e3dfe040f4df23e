package dev.maskrcnn.cli;

import dev.maskrcnn.tensor.device.DeviceChoice;
import dev.maskrcnn.tensor.device.DeviceSetting;
import java.util.Optional;
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
      description =
          "on a CUDA device, launch what comes again with the same padded shapes as one graph"
              + " (default: off)")
  private Optional<Switch> graphs = Optional.empty();

  /** Values of an option. */
  enum Switch {
    on,
    off
  }

  String name() {
    if (graphs.equals(Optional.of(Switch.on)) && !name.startsWith("cuda")) {
      throw new CliException(
          "--cuda-graphs on: device %s has none; add --device cuda, or leave it out"
              .formatted(name));
    }
    return name;
  }

  /** The device, with what {@code --cuda-graphs} and the system properties say. */
  DeviceChoice choice() {
    DeviceChoice choice = DeviceChoice.of(name());
    return graphs
        .map(set -> choice.with(DeviceSetting.CUDA_GRAPHS, set == Switch.on))
        .orElse(choice);
  }
}
