package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.model.ModelSettings.GroupNorms;
import java.util.Optional;

/**
 * A ResNet.
 *
 * @param blocks per stage: three stages for a C4 body, else four
 * @param strideIn1x1 the stride of a block is in its first convolution (MSRA's weights)
 * @param norms group norms; frozen batch norms if absent
 * @param frozenEpsilon of the frozen norms
 * @param freezeAt so many stages do not learn; the stem is the first
 */
public record ResNetSettings(
    int[] blocks,
    Widths widths,
    boolean strideIn1x1,
    Optional<GroupNorms> norms,
    double frozenEpsilon,
    int freezeAt) {

  /**
   * Channels.
   *
   * @param first that the first stage gives
   * @param groups of the 3×3 convolutions (ResNeXt)
   * @param perGroup channels of a group in the first stage
   */
  public record Widths(int stem, int first, int groups, int perGroup) {}

  /** Channels inside the bottlenecks of a stage; stage 1 is {@code layer1}. */
  public int inner(int stage) {
    return widths.groups() * widths.perGroup() << stage - 1;
  }

  /** Channels that a stage gives. */
  public int output(int stage) {
    return widths.first() << stage - 1;
  }
}
