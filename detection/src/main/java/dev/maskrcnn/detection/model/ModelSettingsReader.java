package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigException;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.ModelSettings.Body;
import dev.maskrcnn.detection.model.ModelSettings.BoxFeatures;
import dev.maskrcnn.detection.model.ModelSettings.BoxHead;
import dev.maskrcnn.detection.model.ModelSettings.Fpn;
import dev.maskrcnn.detection.model.ModelSettings.GroupNorms;
import dev.maskrcnn.detection.model.ModelSettings.Limits;
import dev.maskrcnn.detection.model.ModelSettings.MaskHead;
import dev.maskrcnn.detection.model.ModelSettings.Pool;
import dev.maskrcnn.detection.model.ModelSettings.RoiHeads;
import dev.maskrcnn.detection.model.ModelSettings.Rpn;
import dev.maskrcnn.detection.model.ModelSettings.Stack;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import java.util.Arrays;

/** Reads {@link ModelSettings} from the {@code MODEL.*} keys and checks that they fit together. */
final class ModelSettingsReader {
  private static final String FIFTH_STAGE = "ResNet50Conv5ROIFeatureExtractor";

  private final Config c;
  private final boolean pyramid;

  ModelSettingsReader(Config config) {
    this.c = config;
    this.pyramid = config.text("MODEL.BACKBONE.CONV_BODY").endsWith("-FPN");
  }

  ModelSettings read(Conventions conventions) {
    expect("MODEL.META_ARCHITECTURE", "GeneralizedRCNN");
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
    Body body = body(norms);
    Fpn fpn =
        new Fpn(
            pyramid,
            c.integer("MODEL.BACKBONE.OUT_CHANNELS"),
            c.flag("MODEL.FPN.USE_GN"),
            c.flag("MODEL.FPN.USE_RELU"));
    int given = body.output(body.blocks().length);
    if (!pyramid && fpn.width() != given) {
      throw new ConfigException(
          "MODEL.BACKBONE.OUT_CHANNELS: the body gives %s channels, got %s"
              .formatted(given, fpn.width()));
    }
    Rpn rpn = rpn();
    BoxHead box = rpn.alone() ? noBoxHead() : boxHead();
    MaskHead mask = rpn.alone() || !c.flag("MODEL.MASK_ON") ? noMaskHead() : maskHead(box, body);
    return new ModelSettings(body, fpn, rpn, roiHeads(), box, mask, conventions);
  }

  private Body body(GroupNorms norms) {
    String name = c.text("MODEL.BACKBONE.CONV_BODY");
    int[] blocks =
        switch (name) {
          case "R-50-C4" -> new int[] {3, 4, 6};
          case "R-101-C4" -> new int[] {3, 4, 23};
          case "R-50-C5", "R-50-FPN" -> new int[] {3, 4, 6, 3};
          case "R-101-C5", "R-101-FPN" -> new int[] {3, 4, 23, 3};
          default ->
              throw new ConfigException(
                  "MODEL.BACKBONE.CONV_BODY: '"
                      + name
                      + "', expected R-50 or R-101 with -C4, -C5 or -FPN");
        };
    return new Body(
        blocks,
        c.integer("MODEL.RESNETS.STEM_OUT_CHANNELS"),
        c.integer("MODEL.RESNETS.RES2_OUT_CHANNELS"),
        c.integer("MODEL.RESNETS.NUM_GROUPS"),
        c.integer("MODEL.RESNETS.WIDTH_PER_GROUP"),
        c.flag("MODEL.RESNETS.STRIDE_IN_1X1"),
        groupNorm(),
        c.integer("MODEL.BACKBONE.FREEZE_CONV_BODY_AT"),
        norms,
        c.integer("MODEL.RESNETS.RES5_DILATION"));
  }

  private boolean groupNorm() {
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

  private Rpn rpn() {
    expect("MODEL.RPN.RPN_HEAD", "SingleConvRPNHead");
    return new Rpn(
        c.flag("MODEL.RPN_ONLY"),
        anchorSizes(),
        c.integers("MODEL.RPN.ANCHOR_STRIDE"),
        c.numbers("MODEL.RPN.ASPECT_RATIOS"),
        c.integer("MODEL.RPN.STRADDLE_THRESH"),
        c.number("MODEL.RPN.FG_IOU_THRESHOLD"),
        c.number("MODEL.RPN.BG_IOU_THRESHOLD"),
        c.integer("MODEL.RPN.BATCH_SIZE_PER_IMAGE"),
        c.number("MODEL.RPN.POSITIVE_FRACTION"),
        c.number("MODEL.RPN.NMS_THRESH"),
        c.integer("MODEL.RPN.MIN_SIZE"),
        c.flag("MODEL.RPN.FPN_POST_NMS_PER_BATCH"),
        new Limits(
            c.integer("MODEL.RPN.PRE_NMS_TOP_N_TRAIN"),
            c.integer("MODEL.RPN.POST_NMS_TOP_N_TRAIN"),
            c.integer("MODEL.RPN.FPN_POST_NMS_TOP_N_TRAIN")),
        new Limits(
            c.integer("MODEL.RPN.PRE_NMS_TOP_N_TEST"),
            c.integer("MODEL.RPN.POST_NMS_TOP_N_TEST"),
            c.integer("MODEL.RPN.FPN_POST_NMS_TOP_N_TEST")));
  }

  /** A pyramid has one size on each level, a single map has all of them. */
  private double[][] anchorSizes() {
    int[] strides = c.integers("MODEL.RPN.ANCHOR_STRIDE");
    double[] sizes = c.numbers("MODEL.RPN.ANCHOR_SIZES");
    if (c.flag("MODEL.RPN.USE_FPN") != pyramid) {
      throw new ConfigException(
          "MODEL.RPN.USE_FPN: must be %s for CONV_BODY %s"
              .formatted(pyramid ? "True" : "False", c.text("MODEL.BACKBONE.CONV_BODY")));
    }
    if (pyramid && (strides.length != sizes.length || strides.length != 5)) {
      throw new ConfigException(
          "MODEL.RPN.ANCHOR_STRIDE: a pyramid needs 5 strides and 5 ANCHOR_SIZES, got "
              + strides.length
              + " and "
              + sizes.length);
    }
    if (!pyramid && strides.length != 1) {
      throw new ConfigException(
          "MODEL.RPN.ANCHOR_STRIDE: a body without a pyramid needs one stride, got "
              + strides.length);
    }
    return pyramid
        ? Arrays.stream(sizes).mapToObj(s -> new double[] {s}).toArray(double[][]::new)
        : new double[][] {sizes};
  }

  private RoiHeads roiHeads() {
    double[] w = c.numbers("MODEL.ROI_HEADS.BBOX_REG_WEIGHTS");
    if (w.length != 4) {
      throw new ConfigException(
          "MODEL.ROI_HEADS.BBOX_REG_WEIGHTS: 4 numbers expected, got " + w.length);
    }
    return new RoiHeads(
        c.number("MODEL.ROI_HEADS.FG_IOU_THRESHOLD"),
        c.number("MODEL.ROI_HEADS.BG_IOU_THRESHOLD"),
        new CoderWeights(w[0], w[1], w[2], w[3]),
        c.integer("MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE"),
        c.number("MODEL.ROI_HEADS.POSITIVE_FRACTION"),
        c.number("MODEL.ROI_HEADS.SCORE_THRESH"),
        c.number("MODEL.ROI_HEADS.NMS"),
        c.integer("MODEL.ROI_HEADS.DETECTIONS_PER_IMG"),
        canonicalSize(),
        mirrored());
  }

  private double canonicalSize() {
    int size = c.integer("MODEL.ROI_HEADS.CANONICAL_BOX_SIZE");
    if (size < 1) {
      throw new ConfigException(
          "MODEL.ROI_HEADS.CANONICAL_BOX_SIZE: at least 1 expected, got " + size);
    }
    return size;
  }

  private boolean mirrored() {
    boolean views = c.flag("TEST.BBOX_AUG.ENABLED");
    if (views && c.flag("MODEL.RPN_ONLY")) {
      throw new ConfigException(
          "TEST.BBOX_AUG.ENABLED: an RPN alone has no detections to merge; set it to False");
    }
    return views && c.flag("TEST.BBOX_AUG.H_FLIP");
  }

  private Pool pool(String resolution, String scales, String samplingRatio) {
    Pool pool = new Pool(c.integer(resolution), c.numbers(scales), c.integer(samplingRatio));
    int wanted = pyramid ? 4 : 1;
    if (pool.scales().length != wanted) {
      throw new ConfigException(
          "%s: %s expected for CONV_BODY %s, got %s"
              .formatted(
                  scales,
                  wanted == 1 ? "one scale is" : "4 scales are",
                  c.text("MODEL.BACKBONE.CONV_BODY"),
                  pool.scales().length));
    }
    return pool;
  }

  private static Pool noPool() {
    return new Pool(1, new double[0], 1);
  }

  private static BoxHead noBoxHead() {
    return new BoxHead(BoxFeatures.TWO_LAYERS, noPool(), 1, 1, new Stack(0, 1, 1), false, false);
  }

  private BoxHead boxHead() {
    String extractor = c.text("MODEL.ROI_BOX_HEAD.FEATURE_EXTRACTOR");
    BoxFeatures features =
        switch (extractor) {
          case "FPN2MLPFeatureExtractor" -> BoxFeatures.TWO_LAYERS;
          case "FPNXconv1fcFeatureExtractor" -> BoxFeatures.CONVOLUTIONS;
          case FIFTH_STAGE -> BoxFeatures.FIFTH_STAGE;
          default ->
              throw new ConfigException(
                  "MODEL.ROI_BOX_HEAD.FEATURE_EXTRACTOR: '"
                      + extractor
                      + "', expected FPN2MLPFeatureExtractor, FPNXconv1fcFeatureExtractor or "
                      + FIFTH_STAGE);
        };
    boolean fifth = features == BoxFeatures.FIFTH_STAGE;
    expect("MODEL.ROI_BOX_HEAD.PREDICTOR", fifth ? "FastRCNNPredictor" : "FPNPredictor");
    if (fifth) {
      requireThreeStages("MODEL.ROI_BOX_HEAD.FEATURE_EXTRACTOR");
    }
    return new BoxHead(
        features,
        pool(
            "MODEL.ROI_BOX_HEAD.POOLER_RESOLUTION",
            "MODEL.ROI_BOX_HEAD.POOLER_SCALES",
            "MODEL.ROI_BOX_HEAD.POOLER_SAMPLING_RATIO"),
        c.integer("MODEL.ROI_BOX_HEAD.NUM_CLASSES"),
        c.integer("MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM"),
        new Stack(
            c.integer("MODEL.ROI_BOX_HEAD.NUM_STACKED_CONVS"),
            c.integer("MODEL.ROI_BOX_HEAD.CONV_HEAD_DIM"),
            c.integer("MODEL.ROI_BOX_HEAD.DILATION")),
        c.flag("MODEL.ROI_BOX_HEAD.USE_GN"),
        c.flag("MODEL.CLS_AGNOSTIC_BBOX_REG"));
  }

  /** The fifth stage as a head continues a body that ends with the fourth. */
  private void requireThreeStages(String key) {
    String body = c.text("MODEL.BACKBONE.CONV_BODY");
    if (!body.endsWith("-C4")) {
      throw new ConfigException("%s: %s needs a C4 body, got %s".formatted(key, FIFTH_STAGE, body));
    }
  }

  private static MaskHead noMaskHead() {
    return new MaskHead(false, false, false, noPool(), new int[0], 1, false, 1);
  }

  private MaskHead maskHead(BoxHead box, Body body) {
    expect("MODEL.ROI_MASK_HEAD.PREDICTOR", "MaskRCNNC4Predictor");
    boolean fifth = c.text("MODEL.ROI_MASK_HEAD.FEATURE_EXTRACTOR").equals(FIFTH_STAGE);
    if (fifth) {
      requireThreeStages("MODEL.ROI_MASK_HEAD.FEATURE_EXTRACTOR");
    } else {
      expect("MODEL.ROI_MASK_HEAD.FEATURE_EXTRACTOR", "MaskRCNNFPNFeatureExtractor");
    }
    boolean shared = c.flag("MODEL.ROI_MASK_HEAD.SHARE_BOX_FEATURE_EXTRACTOR");
    if (shared && !(fifth && box.features() == BoxFeatures.FIFTH_STAGE)) {
      throw new ConfigException(
          "MODEL.ROI_MASK_HEAD.SHARE_BOX_FEATURE_EXTRACTOR: only the fifth stage can be shared; set it to False");
    }
    MaskHead head =
        new MaskHead(
            true,
            fifth,
            shared,
            shared
                ? box.pool()
                : pool(
                    "MODEL.ROI_MASK_HEAD.POOLER_RESOLUTION",
                    "MODEL.ROI_MASK_HEAD.POOLER_SCALES",
                    "MODEL.ROI_MASK_HEAD.POOLER_SAMPLING_RATIO"),
            c.integers("MODEL.ROI_MASK_HEAD.CONV_LAYERS"),
            c.integer("MODEL.ROI_MASK_HEAD.DILATION"),
            c.flag("MODEL.ROI_MASK_HEAD.USE_GN"),
            c.integer("MODEL.ROI_MASK_HEAD.RESOLUTION"));
    // The fifth stage halves, unless it is dilated; the transposed convolution doubles.
    int pooled = head.pool().resolution();
    int doubled = fifth && body.headDilation() == 1 ? 2 * ((pooled + 1) / 2) : 2 * pooled;
    if (head.widths().length == 0 || head.resolution() != doubled) {
      throw new ConfigException(
          "MODEL.ROI_MASK_HEAD.RESOLUTION: must be %s for POOLER_RESOLUTION %s, got %s"
              .formatted(doubled, pooled, head.resolution()));
    }
    return head;
  }

  private void expect(String key, String value) {
    if (!c.text(key).equals(value)) {
      throw new ConfigException(
          key + ": '" + c.text(key) + "' is not supported, expected " + value);
    }
  }
}
