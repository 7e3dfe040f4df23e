package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.config.Config;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Checkpoint files: weights and training state as safetensors. */
public final class Checkpoint {

  /**
   * What a checkpoint says about itself. A file of another program has none of it.
   *
   * @param file where it lies
   * @param iteration iterations trained
   * @param config the settings it was trained with
   * @param classNames names of the classes from 1, without background; empty if unknown
   * @param categoryIds ids of these classes in the annotations; empty if unknown
   */
  public record Description(
      Path file,
      OptionalInt iteration,
      Optional<Config> config,
      List<String> classNames,
      int[] categoryIds) {}

  private Checkpoint() {}

  /**
   * The checkpoint that {@code last_checkpoint} of an output folder names.
   *
   * @return empty if there is no such file
   * @throws CheckpointException if it names a file that does not exist
   */
  public static Optional<Path> last(Path outputDir) {
    throw new UnsupportedOperationException("checkpoints are being written");
  }

  /**
   * What a file says about itself; its tensors are not read.
   *
   * @throws CheckpointException if it is missing or broken
   */
  public static Description describe(Path file) {
    throw new UnsupportedOperationException("checkpoints are being written");
  }
}
