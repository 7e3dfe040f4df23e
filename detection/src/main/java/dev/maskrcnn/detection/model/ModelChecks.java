package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigException;
import java.util.Arrays;

/** Settings that make sense alone but not together, refused by name before a model is built. */
final class ModelChecks {
  private final Config c;

  private ModelChecks(Config config) {
    this.c = config;
  }

  /**
   * Checks the {@code MODEL.*} keys against each other.
   *
   * @throws ConfigException naming the keys
   */
  static void check(Config config) {
    ModelChecks checks = new ModelChecks(config);
    checks.thresholds("MODEL.RPN.BG_IOU_THRESHOLD", "MODEL.RPN.FG_IOU_THRESHOLD");
    checks.thresholds("MODEL.ROI_HEADS.BG_IOU_THRESHOLD", "MODEL.ROI_HEADS.FG_IOU_THRESHOLD");
    checks.frozenStages();
    checks.groupNorms();
  }

  private void thresholds(String background, String foreground) {
    if (c.number(background) > c.number(foreground)) {
      throw new ConfigException(
          "%s: got %s in %s, expected at most %s, which is %s"
              .formatted(
                  background,
                  c.number(background),
                  c.origin(background),
                  foreground,
                  c.number(foreground)));
    }
  }

  /** A C4 body has the stem and three stages, others have four. */
  private void frozenStages() {
    int most = c.text("MODEL.BACKBONE.CONV_BODY").endsWith("-C4") ? 4 : 5;
    int frozen = c.integer("MODEL.BACKBONE.FREEZE_CONV_BODY_AT");
    if (frozen > most) {
      throw new ConfigException(
          "MODEL.BACKBONE.FREEZE_CONV_BODY_AT: got %s in %s, expected at most %s for CONV_BODY %s"
              .formatted(
                  frozen,
                  c.origin("MODEL.BACKBONE.FREEZE_CONV_BODY_AT"),
                  most,
                  c.text("MODEL.BACKBONE.CONV_BODY")));
    }
  }

  private void groupNorms() {
    if (c.text("MODEL.RESNETS.TRANS_FUNC").equals("BottleneckWithGN")) {
      divisible("MODEL.RESNETS.STEM_OUT_CHANNELS", c.integer("MODEL.RESNETS.STEM_OUT_CHANNELS"));
      divisible("MODEL.RESNETS.RES2_OUT_CHANNELS", c.integer("MODEL.RESNETS.RES2_OUT_CHANNELS"));
      int inner =
          c.integer("MODEL.RESNETS.NUM_GROUPS") * c.integer("MODEL.RESNETS.WIDTH_PER_GROUP");
      divisible("MODEL.RESNETS.NUM_GROUPS x WIDTH_PER_GROUP", inner);
    }
    if (c.flag("MODEL.FPN.USE_GN")) {
      divisible("MODEL.BACKBONE.OUT_CHANNELS", c.integer("MODEL.BACKBONE.OUT_CHANNELS"));
    }
    if (!c.flag("MODEL.RPN_ONLY") && c.flag("MODEL.ROI_BOX_HEAD.USE_GN")) {
      divisible("MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM", c.integer("MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM"));
      if (c.text("MODEL.ROI_BOX_HEAD.FEATURE_EXTRACTOR").equals("FPNXconv1fcFeatureExtractor")) {
        divisible(
            "MODEL.ROI_BOX_HEAD.CONV_HEAD_DIM", c.integer("MODEL.ROI_BOX_HEAD.CONV_HEAD_DIM"));
      }
    }
    if (c.flag("MODEL.MASK_ON") && c.flag("MODEL.ROI_MASK_HEAD.USE_GN")) {
      Arrays.stream(c.integers("MODEL.ROI_MASK_HEAD.CONV_LAYERS"))
          .forEach(width -> divisible("MODEL.ROI_MASK_HEAD.CONV_LAYERS", width));
    }
  }

  /** A group norm splits the channels of its layer into groups of equal size. */
  private void divisible(String key, int channels) {
    int groups = c.integer("MODEL.GROUP_NORM.NUM_GROUPS");
    int perGroup = c.integer("MODEL.GROUP_NORM.DIM_PER_GP");
    boolean byGroups = groups > 0;
    int divisor = byGroups ? groups : perGroup;
    if (divisor > 0 && channels % divisor != 0) {
      throw new ConfigException(
          "%s: %s channels are not divisible by MODEL.GROUP_NORM.%s %s"
              .formatted(key, channels, byGroups ? "NUM_GROUPS" : "DIM_PER_GP", divisor));
    }
  }
}
