package dev.maskrcnn.detection.family;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigException;
import dev.maskrcnn.detection.config.ConfigKey;
import dev.maskrcnn.detection.image.Resampling;
import dev.maskrcnn.detection.image.ResizeRule;
import dev.maskrcnn.detection.image.ResizeRule.Rounding;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Who trains such models: the one place that knows in what their Mask R-CNNs differ. The setting
 * {@code MODEL.CONVENTIONS} names it.
 */
public enum Family {
  /** facebookresearch/maskrcnn-benchmark and NVIDIA's version of it, the default. */
  MASKRCNN_BENCHMARK(
      Conventions.MASKRCNN_BENCHMARK,
      new ImageRule(Rounding.MASKRCNN_BENCHMARK, Resampling.PILLOW),
      8,
      ""),
  /** {@code torchvision.models.detection}. */
  TORCHVISION(
      Conventions.TORCHVISION,
      new ImageRule(Rounding.TORCHVISION, Resampling.TENSOR_FLOATS),
      1,
      """
      MODEL:
        CONVENTIONS: torchvision
        RESNETS: {STRIDE_IN_1X1: False}
        RPN:
          POST_NMS_TOP_N_TRAIN: 2000
          FPN_POST_NMS_TOP_N_TRAIN: 2000
          FPN_POST_NMS_TOP_N_TEST: 1000
        ROI_BOX_HEAD: {POOLER_SAMPLING_RATIO: 2}
        ROI_MASK_HEAD: {POOLER_SAMPLING_RATIO: 2}
      INPUT:
        TO_BGR255: False
        PIXEL_MEAN: [0.485, 0.456, 0.406]
        PIXEL_STD: [0.229, 0.224, 0.225]
      TEST: {IMS_PER_BATCH: 1}
      """),
  /** detectron2's Base-RCNN-FPN; deviations of pixels are 1 for bodies that Caffe2 trained. */
  DETECTRON2(
      Conventions.DETECTRON2,
      new ImageRule(Rounding.DETECTRON2, Resampling.PILLOW),
      1,
      """
      MODEL:
        CONVENTIONS: detectron2
        RESNETS: {STRIDE_IN_1X1: True}
        RPN:
          POST_NMS_TOP_N_TRAIN: 1000
          FPN_POST_NMS_TOP_N_TRAIN: 1000
          FPN_POST_NMS_TOP_N_TEST: 1000
        ROI_BOX_HEAD: {POOLER_SAMPLING_RATIO: 0}
        ROI_MASK_HEAD: {POOLER_SAMPLING_RATIO: 0}
      INPUT:
        MIN_SIZE_TRAIN: (640, 672, 704, 736, 768, 800)
        TO_BGR255: True
        PIXEL_MEAN: [103.53, 116.28, 123.675]
        PIXEL_STD: [1.0, 1.0, 1.0]
      TEST: {IMS_PER_BATCH: 1}
      """);

  /** What torchvision's and detectron2's Mask R-CNN with FPN have in common. */
  private static final String FPN =
      """
      MODEL:
        RPN:
          USE_FPN: True
          ANCHOR_STRIDE: (4, 8, 16, 32, 64)
          ANCHOR_SIZES: (32, 64, 128, 256, 512)
          STRADDLE_THRESH: -1
          PRE_NMS_TOP_N_TRAIN: 2000
          PRE_NMS_TOP_N_TEST: 1000
        ROI_HEADS:
          USE_FPN: True
          SCORE_THRESH: 0.05
          DETECTIONS_PER_IMG: 100
        ROI_BOX_HEAD:
          POOLER_RESOLUTION: 7
          POOLER_SCALES: (0.25, 0.125, 0.0625, 0.03125)
          FEATURE_EXTRACTOR: FPN2MLPFeatureExtractor
          PREDICTOR: FPNPredictor
        ROI_MASK_HEAD:
          POOLER_RESOLUTION: 14
          POOLER_SCALES: (0.25, 0.125, 0.0625, 0.03125)
          FEATURE_EXTRACTOR: MaskRCNNFPNFeatureExtractor
          PREDICTOR: MaskRCNNC4Predictor
          RESOLUTION: 28
          SHARE_BOX_FEATURE_EXTRACTOR: False
      INPUT:
        MIN_SIZE_TRAIN: (800,)
        MIN_SIZE_TEST: 800
        MAX_SIZE_TRAIN: 1333
        MAX_SIZE_TEST: 1333
      DATALOADER: {SIZE_DIVISIBILITY: 32}
      SOLVER: {BIAS_LR_FACTOR: 1}
      """;

  private static final String KEY = "MODEL.CONVENTIONS";
  private static final String EPSILON = "MODEL.RESNETS.FROZEN_NORM_EPSILON";

  private static final String FLOAT_SIZES = "INPUT.SIZES_IN_FLOAT32";

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
          FLOAT_SIZES,
          "INPUT.TO_BGR255",
          "INPUT.PIXEL_MEAN",
          "INPUT.PIXEL_STD");

  /** How images get their network size: by whose arithmetic, and how pixels are interpolated. */
  private record ImageRule(Rounding rounding, Resampling resampling) {}

  private final Conventions conventions;
  private final ImageRule images;
  private final int testBatch;
  private final String settings;

  Family(Conventions conventions, ImageRule images, int testBatch, String settings) {
    this.conventions = conventions;
    this.images = images;
    this.testBatch = testBatch;
    this.settings = settings;
  }

  /**
   * The family that a configuration names.
   *
   * @throws ConfigException if it is none of these
   */
  public static Family of(Config config) {
    return Arrays.stream(values())
        .filter(family -> family.key().equals(config.text(KEY)))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    "%s: got \"%s\" in %s, expected maskrcnn_benchmark, torchvision or detectron2"
                        .formatted(KEY, config.text(KEY), config.origin(KEY))));
  }

  /** The value of {@code MODEL.CONVENTIONS}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Constants of the model as the family constructs it. */
  public Conventions conventions() {
    return conventions;
  }

  /** Images of a test batch; padding to a common size changes detections a little. */
  public int testBatch() {
    return testBatch;
  }

  /** How its images are interpolated. */
  public Resampling resampling() {
    return images.resampling;
  }

  /** To what size images of a configuration are brought. */
  public static ResizeRule resize(Config config, int least, int most) {
    Family family = of(config);
    boolean old = family == TORCHVISION && config.flag(FLOAT_SIZES);
    return new ResizeRule(least, most, old ? Rounding.TORCHVISION_FLOAT : family.images.rounding);
  }

  /**
   * The settings under which the family publishes its Mask R-CNN and Faster R-CNN on a ResNet-50
   * with FPN, its colours among them; maskrcnn-benchmark's are the built-in recipes.
   */
  public Config published() {
    Config config = Config.defaults();
    return settings.isEmpty() ? config : config.mergeYaml(FPN, key()).mergeYaml(settings, key());
  }

  /**
   * Constants of the model that a configuration describes.
   *
   * @throws ConfigException if the family is not known
   */
  public static Conventions conventions(Config config) {
    Conventions family = of(config).conventions;
    double epsilon = config.number(EPSILON);
    return epsilon == -1 ? family : family.withNormEpsilon(epsilon);
  }

  /**
   * The configuration with the family's own defaults, where nobody gave a value. A value that was
   * given counts, also if it is the default. In torchvision and detectron2 biases learn and decay
   * like other weights, and what is found in a test image does not depend on others.
   */
  public static Config withDefaults(Config config) {
    Family family = of(config);
    Config out =
        family.conventions.weights().decayAll()
            ? preset(preset(config, "SOLVER.BIAS_LR_FACTOR", 1), "SOLVER.WEIGHT_DECAY_BIAS", -1)
            : config;
    if (family != MASKRCNN_BENCHMARK && config.isDefault("TEST.MIXED_SIZES")) {
      out = out.with("TEST.MIXED_SIZES", false);
    }
    boolean usual = config.integer("TEST.IMS_PER_BATCH") == family.testBatch;
    return usual ? out : preset(out, "TEST.IMS_PER_BATCH", family.testBatch);
  }

  private static Config preset(Config config, String key, int value) {
    return config.isDefault(key) ? config.with(key, value) : config;
  }

  /**
   * What a run does otherwise than the one that its weights come from: keys that decide what
   * weights mean.
   *
   * @return the keys with the values of the weights, as a command takes them; empty if all agree
   */
  public static String differences(Config run, Config weights) {
    return MEANING.stream()
        .filter(key -> !run.value(key).equals(weights.value(key)))
        .map(key -> key + " " + ConfigKey.literal(weights.value(key)))
        .collect(Collectors.joining(" "));
  }

  /** The settings of a recipe; where it says nothing, weights keep the rules of their training. */
  public static Config underRulesOf(Config weights, Config recipe) {
    Config config = recipe;
    for (String key : MEANING) {
      if (recipe.isDefault(key)) {
        config = config.with(key, weights.value(key));
      }
    }
    return config;
  }
}
