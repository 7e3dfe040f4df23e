package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.device.DeviceException;
import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.DeviceSetting;
import java.util.Optional;

/**
 * How the CPU computes.
 *
 * @param threads that work at the same time, at least 1
 * @param bf16 whether operands of products are rounded to bfloat16 where that is asked for; empty:
 *     if it is faster
 * @param winograd whether 3×3 convolutions are computed by Winograd's transforms
 * @param chunk tiles that the transforms take at once
 */
record CpuSettings(int threads, Optional<Boolean> bf16, boolean winograd, int chunk) {
  private static final String VARIABLE = "OMP_NUM_THREADS";
  private static final int CHUNK = 192;

  /** More threads than this take turns without gain, and many more do not even start. */
  private static final int THREADS_PER_CORE = 8;

  static CpuSettings of(DeviceOptions options) {
    return new CpuSettings(
        threads(options, Optional.ofNullable(System.getenv(VARIABLE))),
        options
            .text(DeviceSetting.CPU_BF16)
            .map(given -> options.flag(DeviceSetting.CPU_BF16, false)),
        options.flag(DeviceSetting.WINOGRAD, true),
        options.number(DeviceSetting.WINOGRAD_CHUNK, CHUNK, 1));
  }

  /**
   * As many as the options say, else as the environment's variable says, of whose list the first
   * number counts. The variable is set for other programs too, so it may be larger than what makes
   * sense here.
   *
   * @throws DeviceException if the number is none, or options ask for too many threads
   */
  static int threads(DeviceOptions options, Optional<String> variable) {
    int cores = Runtime.getRuntime().availableProcessors();
    int most = THREADS_PER_CORE * cores;
    Optional<String> set = variable.map(String::strip).filter(value -> !value.isEmpty());
    if (options.text(DeviceSetting.THREADS).isEmpty() && set.isPresent()) {
      return Math.min(most, number(set.get()));
    }
    int threads = options.number(DeviceSetting.THREADS, cores, 1);
    if (threads > most) {
      throw new DeviceException(
          "%s: %s, expected at most %s on this machine of %s cores"
              .formatted(DeviceSetting.THREADS.property(), threads, most, cores));
    }
    return threads;
  }

  private static int number(String list) {
    String first = list.replaceFirst(",.*", "").strip();
    if (!first.matches("0*[1-9]\\d*")) {
      throw new DeviceException(
          "environment variable %s: %s, expected a whole number >= 1".formatted(VARIABLE, list));
    }
    return first.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(first);
  }
}
