package dev.maskrcnn.cuda;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How convolutions and matrix products are computed, from system properties.
 *
 * @param tf32 {@code maskrcnn.cuda.tf32}, default false: float32 operands may be rounded to the 10
 *     bits of mantissa that tensor cores take; several times as fast, relative error 5e-4
 * @param deterministic {@code maskrcnn.cuda.deterministic}, default false: only algorithms that
 *     give the same bits in every run
 * @param workspaceBytes {@code maskrcnn.cuda.workspace}, in MiB, default 1024: most memory that an
 *     algorithm may use beside its operands
 * @param searchAfter {@code maskrcnn.cuda.search}, default 8: a convolution of the same shapes is
 *     measured at its use of this number, 0 for never; before, heuristics choose
 * @param cache {@code maskrcnn.cuda.cache}: file that keeps what was measured across runs, empty if
 *     {@code off}; by default in the user's folder for caches
 */
record CudaSettings(
    boolean tf32,
    boolean deterministic,
    long workspaceBytes,
    int searchAfter,
    Optional<Path> cache) {
  private static final String PREFIX = "maskrcnn.cuda.";

  CudaSettings {
    if (workspaceBytes < 0) {
      throw new CudaException(PREFIX + "workspace: " + workspaceBytes + " bytes, expected >= 0");
    }
    if (searchAfter < 0) {
      throw new CudaException(PREFIX + "search: " + searchAfter + ", expected >= 0");
    }
  }

  /** What the system properties say; times of the emulation mean nothing and are not kept. */
  static CudaSettings of(boolean emulated) {
    return new CudaSettings(
        flag("tf32"),
        flag("deterministic"),
        number("workspace", 1024) << 20,
        (int) number("search", 8),
        cache(emulated));
  }

  /**
   * Whether freed blocks are kept for the next request, {@code maskrcnn.cuda.pool}. By default not
   * on the emulation: it checks memory allocation by allocation, which kept blocks would blur.
   */
  static boolean pooled(boolean emulated) {
    return System.getProperty(PREFIX + "pool") == null ? !emulated : flag("pool");
  }

  /** Whether passes that come again are captured as graphs, {@code maskrcnn.cuda.graphs}. */
  static boolean graphs() {
    return flag("graphs");
  }

  private static boolean flag(String key) {
    String value = System.getProperty(PREFIX + key, "false");
    if (!value.equals("true") && !value.equals("false")) {
      throw new CudaException(PREFIX + key + ": " + value + ", expected true or false");
    }
    return Boolean.parseBoolean(value);
  }

  private static long number(String key, long otherwise) {
    String value = System.getProperty(PREFIX + key, Long.toString(otherwise));
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new CudaException(PREFIX + key + ": " + value + ", expected a whole number");
    }
  }

  private static Optional<Path> cache(boolean emulated) {
    String set = System.getProperty(PREFIX + "cache");
    if (set != null) {
      return set.equals("off") ? Optional.empty() : Optional.of(Path.of(set));
    }
    if (emulated) {
      return Optional.empty();
    }
    String folder = System.getenv("XDG_CACHE_HOME");
    Path base =
        folder == null || folder.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(folder);
    return Optional.of(base.resolve("maskrcnn").resolve("cudnn-algorithms.txt"));
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
