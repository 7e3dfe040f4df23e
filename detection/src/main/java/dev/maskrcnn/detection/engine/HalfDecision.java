package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.weights.Checkpoint;
import dev.maskrcnn.detection.weights.WeightFile;
import dev.maskrcnn.tensor.device.DeviceChoice;
import dev.maskrcnn.tensor.device.DeviceSetting;
import dev.maskrcnn.tensor.device.HalfPrecision;
import java.util.Optional;

/**
 * Whether the CPU rounds operands where {@code DTYPE} is bfloat16. A measurement decides, and
 * another one may decide otherwise; so it decides once, the settings of the run say how, and what
 * goes on from its checkpoints does the same.
 */
public final class HalfDecision {
  private static final String KEY = "MODEL.CPU_BFLOAT16";
  private static final String MEASURE = "measure";
  private static final String OPERANDS = "operands";
  private static final String FLOAT32 = "float32";

  private HalfDecision() {}

  /** The device with what the settings have decided. */
  static DeviceChoice applied(DeviceChoice device, Config config) {
    return switch (config.text(KEY)) {
      case MEASURE -> device;
      case OPERANDS -> device.with(DeviceSetting.CPU_BF16, true);
      case FLOAT32 -> device.with(DeviceSetting.CPU_BF16, false);
      default ->
          throw new RunException(
              "MODEL.CPU_BFLOAT16: got \"%s\" in %s, expected measure, operands or float32"
                  .formatted(config.text(KEY), config.origin(KEY)));
    };
  }

  /** The settings with what the device decided. */
  static Config decided(Config config, Optional<HalfPrecision> answer) {
    if (answer.isEmpty() || !config.text("DTYPE").equals("bfloat16")) {
      return config;
    }
    boolean operands = answer.get().use() == HalfPrecision.Use.OPERANDS;
    return config.with(KEY, operands ? OPERANDS : FLOAT32);
  }

  /** Settings of a run that may go on from a checkpoint: its decision, unless they have one. */
  public static Config kept(Config config, Optional<WeightFile> checkpoint) {
    return checkpoint
        .flatMap(content -> Checkpoint.describe(content).config())
        .filter(before -> config.text(KEY).equals(MEASURE))
        .map(before -> config.with(KEY, before.text(KEY)))
        .orElse(config);
  }
}
