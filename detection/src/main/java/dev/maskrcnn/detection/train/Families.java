package dev.maskrcnn.detection.train;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.image.Resampling;
import dev.maskrcnn.detection.image.ResizeRule;
import dev.maskrcnn.detection.image.ResizeRule.Rounding;
import dev.maskrcnn.detection.model.Conventions;

/** The rules of the family that {@code MODEL.CONVENTIONS} names, for models and their images. */
final class Families {
  private static final String KEY = "MODEL.CONVENTIONS";
  private static final String EPSILON = "MODEL.RESNETS.FROZEN_NORM_EPSILON";

  private Families() {}

  private static boolean torchvision(Config config) {
    return switch (config.text(KEY)) {
      case "maskrcnn_benchmark" -> false;
      case "torchvision" -> true;
      default ->
          throw new RunException(
              "%s: got \"%s\" in %s, expected maskrcnn_benchmark or torchvision"
                  .formatted(KEY, config.text(KEY), config.origin(KEY)));
    };
  }

  /**
   * Rules of the model.
   *
   * @throws RunException if no such family is known, or the epsilon is none
   */
  static Conventions conventions(Config config) {
    Conventions family =
        torchvision(config) ? Conventions.TORCHVISION : Conventions.MASKRCNN_BENCHMARK;
    double epsilon = config.number(EPSILON);
    if (epsilon != -1 && !(epsilon >= 0 && epsilon < 1)) {
      throw new RunException(
          "%s: got %s in %s, expected 0 to 1, or -1 for that of %s"
              .formatted(EPSILON, epsilon, config.origin(EPSILON), KEY));
    }
    return epsilon == -1 ? family : family.withNormEpsilon(epsilon);
  }

  /** How images are interpolated. */
  static Resampling resampling(Config config) {
    return torchvision(config) ? Resampling.TENSOR_FLOATS : Resampling.PILLOW;
  }

  /** To what size images are brought. */
  static ResizeRule resize(Config config, int least, int most) {
    return torchvision(config)
        ? new ResizeRule(least, most, Rounding.TORCHVISION)
        : new ResizeRule(least, most);
  }
}
