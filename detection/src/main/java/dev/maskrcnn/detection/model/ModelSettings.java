package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigException;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;

/**
 * The part of a configuration that shapes the model, typed and checked once. Names of the keys that
 * each field comes from are in inventory order: see the accessors' {@code MODEL.*} keys in {@link
 * #of}.
 */
public record ModelSettings(
    Body body,
    Fpn fpn,
    Rpn rpn,
    RoiHeads roi,
    BoxHead box,
    MaskHead mask,
    Conventions conventions) {

  /** Group norm: exactly one of channels per group and number of groups counts. */
  public record GroupNorms(int channelsPerGroup, int groups, double epsilon) {
    /** Number of groups for a layer of the given width. */
    public int groupsFor(int channels) {
      return channelsPerGroup > 0 ? channels / channelsPerGroup : groups;
    }
  }

  /** ResNet: {@code blocks} per stage, widths, and which stages do not learn. */
  public record Body(
      int[] blocks,
      int stemWidth,
      int firstOutput,
      int groups,
      int widthPerGroup,
      boolean strideIn1x1,
      boolean groupNorm,
      int freezeAt,
      GroupNorms norms) {}

  /** Feature pyramid. */
  public record Fpn(int width, boolean groupNorm, boolean relu) {}

  /** Region proposal network; {@code train} and {@code test} differ in their limits only. */
  public record Rpn(
      double[] sizes,
      int[] strides,
      double[] ratios,
      double straddle,
      double foreground,
      double background,
      int batch,
      double positiveFraction,
      double nms,
      double minimumSize,
      Limits train,
      Limits test) {}

  /** Numbers of proposals: per level before and after NMS, and over all levels. */
  public record Limits(int beforeNms, int afterNms, int total) {}

  /** Side in pixels of a box that is pooled from P4 (Lin et al. 2017). */
  public static final double CANONICAL_SIZE = 224;

  /** Sampling and post-processing of the RoI heads. */
  public record RoiHeads(
      double foreground,
      double background,
      CoderWeights weights,
      int batch,
      double positiveFraction,
      double scoreThreshold,
      double nms,
      int detections,
      double canonicalSize) {
    /** The same with another size of a box that is pooled from P4. */
    public RoiHeads withCanonicalSize(double size) {
      return new RoiHeads(
          foreground,
          background,
          weights,
          batch,
          positiveFraction,
          scoreThreshold,
          nms,
          detections,
          size);
    }
  }

  /** RoIAlign of one head. */
  public record Pool(int resolution, double[] scales, int samplingRatio) {}

  /** Two fully connected layers, then class scores and box deltas. */
  public record BoxHead(Pool pool, int classes, int width, boolean groupNorm) {}

  /** Convolutions, transposed convolution, mask logits; absent for Faster R-CNN. */
  public record MaskHead(
      boolean present, Pool pool, int[] widths, int dilation, boolean groupNorm, int resolution) {}

  /**
   * Reads the model from a configuration.
   *
   * @throws ConfigException if a value cannot be built; the message names the key
   */
  public static ModelSettings of(Config c, Conventions conventions) {
    GroupNorms norms =
        new GroupNorms(
            c.integer("MODEL.GROUP_NORM.DIM_PER_GP"),
            c.integer("MODEL.GROUP_NORM.NUM_GROUPS"),
            c.number("MODEL.GROUP_NORM.EPSILON"));
    if (norms.channelsPerGroup() > 0 == norms.groups() > 0) {
      throw new ConfigException(
          "MODEL.GROUP_NORM: exactly one of DIM_PER_GP and NUM_GROUPS must be -1, got "
              + norms.channelsPerGroup()
              + " and "
              + norms.groups());
    }
    Fpn fpn =
        new Fpn(
            c.integer("MODEL.BACKBONE.OUT_CHANNELS"),
            c.flag("MODEL.FPN.USE_GN"),
            c.flag("MODEL.FPN.USE_RELU"));
    return new ModelSettings(
        body(c, norms), fpn, rpn(c), roiHeads(c), boxHead(c), maskHead(c), conventions);
  }

  private static Body body(Config c, GroupNorms norms) {
    String name = c.text("MODEL.BACKBONE.CONV_BODY");
    int[] blocks =
        switch (name) {
          case "R-50-FPN" -> new int[] {3, 4, 6, 3};
          case "R-101-FPN" -> new int[] {3, 4, 23, 3};
          default ->
              throw new ConfigException(
                  "MODEL.BACKBONE.CONV_BODY: '"
                      + name
                      + "' is not supported, expected R-50-FPN or R-101-FPN");
        };
    if (c.flag("MODEL.RPN_ONLY")) {
      throw new ConfigException("MODEL.RPN_ONLY: True is not supported yet, set it to False");
    }
    return new Body(
        blocks,
        c.integer("MODEL.RESNETS.STEM_OUT_CHANNELS"),
        c.integer("MODEL.RESNETS.RES2_OUT_CHANNELS"),
        c.integer("MODEL.RESNETS.NUM_GROUPS"),
        c.integer("MODEL.RESNETS.WIDTH_PER_GROUP"),
        c.flag("MODEL.RESNETS.STRIDE_IN_1X1"),
        groupNorm(c),
        c.integer("MODEL.BACKBONE.FREEZE_CONV_BODY_AT"),
        norms);
  }

  private static boolean groupNorm(Config c) {
    String trans = c.text("MODEL.RESNETS.TRANS_FUNC");
    String stem = c.text("MODEL.RESNETS.STEM_FUNC");
    boolean gn = trans.equals("BottleneckWithGN");
    if (!gn && !trans.equals("BottleneckWithFixedBatchNorm")) {
      throw new ConfigException(
          "MODEL.RESNETS.TRANS_FUNC: '"
              + trans
              + "', expected BottleneckWithFixedBatchNorm or BottleneckWithGN");
    }
    if (!stem.equals(gn ? "StemWithGN" : "StemWithFixedBatchNorm")) {
      throw new ConfigException(
          "MODEL.RESNETS.STEM_FUNC: '" + stem + "' does not go with TRANS_FUNC " + trans);
    }
    return gn;
  }

  private static Rpn rpn(Config c) {
    String p = "MODEL.RPN.";
    int[] strides = c.integers(p + "ANCHOR_STRIDE");
    double[] sizes = c.numbers(p + "ANCHOR_SIZES");
    if (strides.length != sizes.length || strides.length != 5) {
      throw new ConfigException(
          "MODEL.RPN.ANCHOR_STRIDE: a pyramid needs 5 strides and 5 ANCHOR_SIZES, got "
              + strides.length
              + " and "
              + sizes.length);
    }
    return new Rpn(
        sizes,
        strides,
        c.numbers(p + "ASPECT_RATIOS"),
        c.integer(p + "STRADDLE_THRESH"),
        c.number(p + "FG_IOU_THRESHOLD"),
        c.number(p + "BG_IOU_THRESHOLD"),
        c.integer(p + "BATCH_SIZE_PER_IMAGE"),
        c.number(p + "POSITIVE_FRACTION"),
        c.number(p + "NMS_THRESH"),
        c.integer(p + "MIN_SIZE"),
        limits(c, "TRAIN"),
        limits(c, "TEST"));
  }

  private static Limits limits(Config c, String mode) {
    return new Limits(
        c.integer("MODEL.RPN.PRE_NMS_TOP_N_" + mode),
        c.integer("MODEL.RPN.POST_NMS_TOP_N_" + mode),
        c.integer("MODEL.RPN.FPN_POST_NMS_TOP_N_" + mode));
  }

  private static RoiHeads roiHeads(Config c) {
    String p = "MODEL.ROI_HEADS.";
    double[] w = c.numbers(p + "BBOX_REG_WEIGHTS");
    if (w.length != 4) {
      throw new ConfigException(p + "BBOX_REG_WEIGHTS: 4 numbers expected, got " + w.length);
    }
    return new RoiHeads(
        c.number(p + "FG_IOU_THRESHOLD"),
        c.number(p + "BG_IOU_THRESHOLD"),
        new CoderWeights(w[0], w[1], w[2], w[3]),
        c.integer(p + "BATCH_SIZE_PER_IMAGE"),
        c.number(p + "POSITIVE_FRACTION"),
        c.number(p + "SCORE_THRESH"),
        c.number(p + "NMS"),
        c.integer(p + "DETECTIONS_PER_IMG"),
        CANONICAL_SIZE);
  }

  private static Pool pool(Config c, String head) {
    Pool pool =
        new Pool(
            c.integer(head + "POOLER_RESOLUTION"),
            c.numbers(head + "POOLER_SCALES"),
            c.integer(head + "POOLER_SAMPLING_RATIO"));
    if (pool.scales().length != 4) {
      throw new ConfigException(
          head + "POOLER_SCALES: a pyramid needs 4 scales, got " + pool.scales().length);
    }
    return pool;
  }

  private static BoxHead boxHead(Config c) {
    String p = "MODEL.ROI_BOX_HEAD.";
    expect(c, p + "FEATURE_EXTRACTOR", "FPN2MLPFeatureExtractor");
    expect(c, p + "PREDICTOR", "FPNPredictor");
    return new BoxHead(
        pool(c, p),
        c.integer(p + "NUM_CLASSES"),
        c.integer(p + "MLP_HEAD_DIM"),
        c.flag(p + "USE_GN"));
  }

  private static MaskHead maskHead(Config c) {
    String p = "MODEL.ROI_MASK_HEAD.";
    boolean present = c.flag("MODEL.MASK_ON");
    if (!present) {
      return new MaskHead(false, new Pool(1, new double[4], 1), new int[0], 1, false, 1);
    }
    expect(c, p + "FEATURE_EXTRACTOR", "MaskRCNNFPNFeatureExtractor");
    MaskHead head =
        new MaskHead(
            true,
            pool(c, p),
            c.integers(p + "CONV_LAYERS"),
            c.integer(p + "DILATION"),
            c.flag(p + "USE_GN"),
            c.integer(p + "RESOLUTION"));
    if (head.resolution() != 2 * head.pool().resolution()) {
      throw new ConfigException(
          p
              + "RESOLUTION: must be twice POOLER_RESOLUTION "
              + head.pool().resolution()
              + ", got "
              + head.resolution());
    }
    return head;
  }

  private static void expect(Config c, String key, String value) {
    if (!c.text(key).equals(value)) {
      throw new ConfigException(
          key + ": '" + c.text(key) + "' is not supported, expected " + value);
    }
  }
}
