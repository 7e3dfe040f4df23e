package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import picocli.CommandLine.Option;

/** The original's switches for mixed precision (a mixin). */
final class PrecisionOptions {
  @Option(
      names = {"--fp16", "--amp"},
      description = "mixed precision, the same as DTYPE float16")
  private boolean half;

  /** The configuration with the switch. */
  Config on(Config config) {
    return half ? config.with("DTYPE", "float16") : config;
  }
}
