package dev.maskrcnn.cuda;

import dev.maskrcnn.tensor.device.DeviceOptions;
import dev.maskrcnn.tensor.device.DeviceSetting;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How convolutions and matrix products are computed.
 *
 * @param tf32 float32 operands may be rounded to the 10 bits of mantissa that tensor cores take;
 *     several times as fast, relative error 5e-4
 * @param deterministic only algorithms that give the same bits in every run
 * @param workspaceBytes most memory that an algorithm may use beside its operands
 * @param searchAfter a convolution of the same shapes is measured at its use of this number, 0 for
 *     never; before, heuristics choose
 * @param cache file that keeps what was measured across runs, if any
 */
record CudaSettings(
    boolean tf32,
    boolean deterministic,
    long workspaceBytes,
    int searchAfter,
    Optional<Path> cache) {
  CudaSettings {
    if (workspaceBytes < 0) {
      throw new CudaException("workspace of " + workspaceBytes + " bytes, expected >= 0");
    }
  }

  /** Times of the emulation mean nothing and are not kept. */
  static CudaSettings of(DeviceOptions options, boolean emulated) {
    return new CudaSettings(
        options.flag(DeviceSetting.CUDA_TF32, false),
        options.flag(DeviceSetting.CUDA_DETERMINISTIC, false),
        (long) options.number(DeviceSetting.CUDA_WORKSPACE, 1024, 0) << 20,
        options.number(DeviceSetting.CUDA_SEARCH, 8, 0),
        options
            .text(DeviceSetting.CUDA_CACHE)
            .map(set -> set.equals("off") ? Optional.<Path>empty() : Optional.of(Path.of(set)))
            .orElseGet(() -> emulated ? Optional.empty() : Optional.of(usualCache())));
  }

  private static Path usualCache() {
    String folder = System.getenv("XDG_CACHE_HOME");
    Path base =
        folder == null || folder.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(folder);
    return base.resolve("maskrcnn").resolve("cudnn-algorithms.txt");
  }

  @Override
  public String toString() {
    return String.join(
        ", ",
        tf32 ? "float32 as TF32" : "exact float32",
        "at most " + (workspaceBytes >> 20) + " MiB of workspace",
        deterministic ? "deterministic" : "fastest algorithms",
        searchAfter == 0 ? "no search" : "measured at use " + searchAfter,
        cache.map(file -> "kept in " + file).orElse("not kept"));
  }
}
