package dev.maskrcnn.detection.engine;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigKey;
import dev.maskrcnn.detection.image.Resampling;
import dev.maskrcnn.detection.image.ResizeRule;
import dev.maskrcnn.detection.image.ResizeRule.Rounding;
import dev.maskrcnn.detection.model.Conventions;
import dev.maskrcnn.detection.weights.Checkpoint;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The rules of the family that {@code MODEL.CONVENTIONS} names, for models and their images. */
public final class Families {
  private static final String KEY = "MODEL.CONVENTIONS";
  private static final String EPSILON = "MODEL.RESNETS.FROZEN_NORM_EPSILON";

  /** Keys under which the same weights give other results. */
  private static final List<String> MEANING =
      List.of(
          KEY,
          EPSILON,
          "MODEL.RESNETS.STRIDE_IN_1X1",
          "MODEL.ROI_HEADS.CANONICAL_BOX_SIZE",
          "MODEL.RPN.ANCHOR_SIZES",
          "MODEL.RPN.ANCHOR_STRIDE",
          "MODEL.RPN.ASPECT_RATIOS",
          "INPUT.TO_BGR255",
          "INPUT.PIXEL_MEAN",
          "INPUT.PIXEL_STD");

  private Families() {}

  /** Who trains such models. */
  private enum Family {
    MASKRCNN_BENCHMARK(Conventions.MASKRCNN_BENCHMARK, Resampling.PILLOW),
    TORCHVISION(Conventions.TORCHVISION, Resampling.TENSOR_FLOATS),
    DETECTRON2(Conventions.DETECTRON2, Resampling.PILLOW);

    private final Conventions conventions;
    private final Resampling resampling;

    Family(Conventions conventions, Resampling resampling) {
      this.conventions = conventions;
      this.resampling = resampling;
    }
  }

  private static Family family(Config config) {
    return switch (config.text(KEY)) {
      case "maskrcnn_benchmark" -> Family.MASKRCNN_BENCHMARK;
      case "torchvision" -> Family.TORCHVISION;
      case "detectron2" -> Family.DETECTRON2;
      default ->
          throw new RunException(
              "%s: got \"%s\" in %s, expected maskrcnn_benchmark, torchvision or detectron2"
                  .formatted(KEY, config.text(KEY), config.origin(KEY)));
    };
  }

  /**
   * Rules of the model.
   *
   * @throws RunException if no such family is known
   */
  public static Conventions conventions(Config config) {
    Conventions family = family(config).conventions;
    double epsilon = config.number(EPSILON);
    return epsilon == -1 ? family : family.withNormEpsilon(epsilon);
  }

  /**
   * The configuration with the family's own defaults of the solver, where nobody gave a value. A
   * value that was given counts, also if it is the default. In torchvision and detectron2 biases
   * learn and decay like other weights.
   */
  public static Config withDefaults(Config config) {
    Config out = config;
    if (family(config).conventions.decayAll()) {
      if (config.isDefault("SOLVER.BIAS_LR_FACTOR")) {
        out = out.with("SOLVER.BIAS_LR_FACTOR", 1);
      }
      if (config.isDefault("SOLVER.WEIGHT_DECAY_BIAS")) {
        out = out.with("SOLVER.WEIGHT_DECAY_BIAS", -1);
      }
    }
    return out;
  }

  /** How images are interpolated. */
  static Resampling resampling(Config config) {
    return family(config).resampling;
  }

  /** To what size images are brought. */
  static ResizeRule resize(Config config, int least, int most) {
    return new ResizeRule(least, most, Rounding.valueOf(family(config).name()));
  }

  /**
   * What a run does otherwise than the one that its initial weights come from: keys that decide
   * what weights mean. Nothing is wrong then, but the weights have to be learned anew in part.
   *
   * @return a line for the user; empty if all agree or the file does not tell
   */
  public static Optional<String> differences(Config run, Checkpoint.Description weights) {
    if (weights.config().isEmpty()) {
      return Optional.empty();
    }
    Config own = weights.config().get();
    String theirs =
        MEANING.stream()
            .filter(key -> !run.value(key).equals(own.value(key)))
            .map(key -> key + " " + ConfigKey.literal(own.value(key)))
            .collect(Collectors.joining(" "));
    return theirs.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s: the weights were trained under other rules; to keep them, add: %s"
                .formatted(weights.file(), theirs));
  }
}
