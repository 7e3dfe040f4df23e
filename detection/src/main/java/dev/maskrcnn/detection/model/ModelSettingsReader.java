package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.config.ConfigException;
import dev.maskrcnn.detection.family.Conventions;
import dev.maskrcnn.detection.model.ModelSettings.Anchors;
import dev.maskrcnn.detection.model.ModelSettings.Box;
import dev.maskrcnn.detection.model.ModelSettings.BoxFeatures;
import dev.maskrcnn.detection.model.ModelSettings.BoxHeadFeatures;
import dev.maskrcnn.detection.model.ModelSettings.Convolutions;
import dev.maskrcnn.detection.model.ModelSettings.ConvolutionsFirst;
import dev.maskrcnn.detection.model.ModelSettings.DetectionLimits;
import dev.maskrcnn.detection.model.ModelSettings.FifthStageFeatures;
import dev.maskrcnn.detection.model.ModelSettings.FullyConnected;
import dev.maskrcnn.detection.model.ModelSettings.GroupNorms;
import dev.maskrcnn.detection.model.ModelSettings.Heads;
import dev.maskrcnn.detection.model.ModelSettings.Limits;
import dev.maskrcnn.detection.model.ModelSettings.Mask;
import dev.maskrcnn.detection.model.ModelSettings.MaskFeatures;
import dev.maskrcnn.detection.model.ModelSettings.Matching;
import dev.maskrcnn.detection.model.ModelSettings.Pool;
import dev.maskrcnn.detection.model.ModelSettings.ProposalLimits;
import dev.maskrcnn.detection.model.ModelSettings.Pyramid;
import dev.maskrcnn.detection.model.ModelSettings.Rpn;
import dev.maskrcnn.detection.model.ModelSettings.Sampling;
import dev.maskrcnn.tensor.op.Boxes.CoderWeights;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/** Reads {@link ModelSettings} from the {@code MODEL.*} keys and checks that they fit together. */
final class ModelSettingsReader {
  private static final String FIFTH_STAGE = "ResNet50Conv5ROIFeatureExtractor";

  /** Bottlenecks per stage of the bodies that are built in. */
  private static final Map<String, int[]> RESNETS =
      Map.of(
          "R-50-C4", new int[] {3, 4, 6},
          "R-101-C4", new int[] {3, 4, 23},
          "R-50-C5", new int[] {3, 4, 6, 3},
          "R-101-C5", new int[] {3, 4, 23, 3},
          "R-50-FPN", new int[] {3, 4, 6, 3},
          "R-101-FPN", new int[] {3, 4, 23, 3});

  private final Config c;
  private final Conventions conventions;
  private final String body;
  private final boolean pyramid;
  private final GroupNorms norms;

  ModelSettingsReader(Config config, Conventions conventions) {
    this.c = config;
    this.conventions = conventions;
    this.body = config.text("MODEL.BACKBONE.CONV_BODY");
    this.pyramid = body.endsWith("-FPN");
    this.norms = groupNorms();
  }

  ModelSettings read() {
    expect("MODEL.META_ARCHITECTURE", "GeneralizedRCNN");
    boolean alone = c.flag("MODEL.RPN_ONLY");
    if (alone && c.flag("TEST.BBOX_AUG.ENABLED")) {
      throw new ConfigException(
          "TEST.BBOX_AUG.ENABLED: an RPN alone has no detections to merge; set it to False");
    }
    return new ModelSettings(
        backbone(),
        pyramid ? Optional.of(pyramid()) : Optional.empty(),
        rpn(),
        alone ? Optional.empty() : Optional.of(heads()),
        conventions);
  }

  private GroupNorms groupNorms() {
    GroupNorms groups =
        new GroupNorms(
            c.integer("MODEL.GROUP_NORM.DIM_PER_GP"),
            c.integer("MODEL.GROUP_NORM.NUM_GROUPS"),
            c.number("MODEL.GROUP_NORM.EPSILON"));
    if (groups.channelsPerGroup() > 0 == groups.groups() > 0) {
      throw new ConfigException(
          "MODEL.GROUP_NORM: exactly one of DIM_PER_GP and NUM_GROUPS must be -1, got "
              + groups.channelsPerGroup()
              + " and "
              + groups.groups());
    }
    return groups;
  }

  private Optional<GroupNorms> normsIf(String key) {
    return c.flag(key) ? Optional.of(norms) : Optional.empty();
  }

  private Backbone.Factory backbone() {
    if (RESNETS.containsKey(body)) {
      ResNetSettings resnet = resNet();
      int width = c.integer("MODEL.BACKBONE.OUT_CHANNELS");
      int given = resnet.output(resnet.blocks().length);
      if (!pyramid && width != given) {
        throw new ConfigException(
            "MODEL.BACKBONE.OUT_CHANNELS: the body gives %s channels, got %s"
                .formatted(given, width));
      }
      return scope -> new ResNet(scope, resnet);
    }
    for (BackboneProvider provider : ServiceLoader.load(BackboneProvider.class)) {
      if (provider.names().contains(body)) {
        return provider.factory(body, c);
      }
    }
    throw new ConfigException(
        "MODEL.BACKBONE.CONV_BODY: '"
            + body
            + "', expected R-50 or R-101 with -C4, -C5 or -FPN, or a name of a BackboneProvider");
  }

  private ResNetSettings resNet() {
    return new ResNetSettings(
        RESNETS.get(body),
        new ResNetSettings.Widths(
            c.integer("MODEL.RESNETS.STEM_OUT_CHANNELS"),
            c.integer("MODEL.RESNETS.RES2_OUT_CHANNELS"),
            c.integer("MODEL.RESNETS.NUM_GROUPS"),
            c.integer("MODEL.RESNETS.WIDTH_PER_GROUP")),
        c.flag("MODEL.RESNETS.STRIDE_IN_1X1"),
        groupNorm() ? Optional.of(norms) : Optional.empty(),
        conventions.weights().normEpsilon(),
        c.integer("MODEL.BACKBONE.FREEZE_CONV_BODY_AT"));
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

  private Pyramid pyramid() {
    return new Pyramid(
        c.integer("MODEL.BACKBONE.OUT_CHANNELS"),
        normsIf("MODEL.FPN.USE_GN"),
        c.flag("MODEL.FPN.USE_RELU"));
  }

  private Rpn rpn() {
    expect("MODEL.RPN.RPN_HEAD", "SingleConvRPNHead");
    return new Rpn(
        anchors(),
        new Matching(
            c.number("MODEL.RPN.FG_IOU_THRESHOLD"), c.number("MODEL.RPN.BG_IOU_THRESHOLD")),
        new Sampling(
            c.integer("MODEL.RPN.BATCH_SIZE_PER_IMAGE"), c.number("MODEL.RPN.POSITIVE_FRACTION")),
        new ProposalLimits(
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
                c.integer("MODEL.RPN.FPN_POST_NMS_TOP_N_TEST"))));
  }

  /** A pyramid has one size on each level, a single map has all of them. */
  private Anchors anchors() {
    int[] strides = c.integers("MODEL.RPN.ANCHOR_STRIDE");
    double[] sizes = c.numbers("MODEL.RPN.ANCHOR_SIZES");
    if (c.flag("MODEL.RPN.USE_FPN") != pyramid) {
      throw new ConfigException(
          "MODEL.RPN.USE_FPN: must be %s for CONV_BODY %s"
              .formatted(pyramid ? "True" : "False", body));
    }
    if (pyramid && strides.length != sizes.length) {
      throw new ConfigException(
          "MODEL.RPN.ANCHOR_STRIDE: a pyramid needs as many strides as ANCHOR_SIZES, got "
              + strides.length
              + " and "
              + sizes.length);
    }
    if (!pyramid && strides.length != 1) {
      throw new ConfigException(
          "MODEL.RPN.ANCHOR_STRIDE: a body without a pyramid needs one stride, got "
              + strides.length);
    }
    return new Anchors(
        pyramid
            ? Arrays.stream(sizes).mapToObj(s -> new double[] {s}).toArray(double[][]::new)
            : new double[][] {sizes},
        strides,
        c.numbers("MODEL.RPN.ASPECT_RATIOS"),
        c.integer("MODEL.RPN.STRADDLE_THRESH"));
  }

  private Heads heads() {
    double[] w = c.numbers("MODEL.ROI_HEADS.BBOX_REG_WEIGHTS");
    Box box = box();
    return new Heads(
        new Matching(
            c.number("MODEL.ROI_HEADS.FG_IOU_THRESHOLD"),
            c.number("MODEL.ROI_HEADS.BG_IOU_THRESHOLD")),
        new Sampling(
            c.integer("MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE"),
            c.number("MODEL.ROI_HEADS.POSITIVE_FRACTION")),
        new CoderWeights(w[0], w[1], w[2], w[3]),
        new DetectionLimits(
            c.number("MODEL.ROI_HEADS.SCORE_THRESH"),
            c.number("MODEL.ROI_HEADS.NMS"),
            c.integer("MODEL.ROI_HEADS.DETECTIONS_PER_IMG"),
            c.flag("TEST.BBOX_AUG.ENABLED") && c.flag("TEST.BBOX_AUG.H_FLIP")),
        box,
        c.flag("MODEL.MASK_ON") ? Optional.of(mask(box)) : Optional.empty());
  }

  private Pool pool(String resolution, String scales, String samplingRatio) {
    int size = c.integer("MODEL.ROI_HEADS.CANONICAL_BOX_SIZE");
    Pool pool = new Pool(c.integer(resolution), c.numbers(scales), c.integer(samplingRatio), size);
    int most = pyramid ? c.integers("MODEL.RPN.ANCHOR_STRIDE").length - 1 : 1;
    if (pool.scales().length != most) {
      throw new ConfigException(
          "%s: %s expected for CONV_BODY %s, got %s"
              .formatted(
                  scales,
                  most == 1 ? "one scale is" : most + " scales are",
                  body,
                  pool.scales().length));
    }
    return pool;
  }

  private Box box() {
    return new Box(
        pool(
            "MODEL.ROI_BOX_HEAD.POOLER_RESOLUTION",
            "MODEL.ROI_BOX_HEAD.POOLER_SCALES",
            "MODEL.ROI_BOX_HEAD.POOLER_SAMPLING_RATIO"),
        boxFeatures(),
        c.integer("MODEL.ROI_BOX_HEAD.NUM_CLASSES"),
        c.flag("MODEL.CLS_AGNOSTIC_BBOX_REG"));
  }

  private BoxFeatures boxFeatures() {
    String extractor = c.text("MODEL.ROI_BOX_HEAD.FEATURE_EXTRACTOR");
    boolean fifth = extractor.equals(FIFTH_STAGE);
    int width = c.integer("MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM");
    Optional<GroupNorms> gn = normsIf("MODEL.ROI_BOX_HEAD.USE_GN");
    BoxFeatures features;
    if (fifth) {
      features = fifthStage("MODEL.ROI_BOX_HEAD.FEATURE_EXTRACTOR");
    } else if (extractor.equals("FPN2MLPFeatureExtractor")) {
      features = new FullyConnected(width, gn);
    } else if (extractor.equals("FPNXconv1fcFeatureExtractor")) {
      int[] widths = new int[c.integer("MODEL.ROI_BOX_HEAD.NUM_STACKED_CONVS")];
      Arrays.fill(widths, c.integer("MODEL.ROI_BOX_HEAD.CONV_HEAD_DIM"));
      int dilation = c.integer("MODEL.ROI_BOX_HEAD.DILATION");
      features = new ConvolutionsFirst(new Convolutions(widths, dilation, gn), width);
    } else {
      throw new ConfigException(
          "MODEL.ROI_BOX_HEAD.FEATURE_EXTRACTOR: '"
              + extractor
              + "', expected FPN2MLPFeatureExtractor, FPNXconv1fcFeatureExtractor or "
              + FIFTH_STAGE);
    }
    expect("MODEL.ROI_BOX_HEAD.PREDICTOR", fifth ? "FastRCNNPredictor" : "FPNPredictor");
    return features;
  }

  /** The fifth stage as a head continues a body that ends with the fourth. */
  private FifthStageFeatures fifthStage(String key) {
    if (!RESNETS.containsKey(body) || !body.endsWith("-C4")) {
      throw new ConfigException("%s: %s needs a C4 body, got %s".formatted(key, FIFTH_STAGE, body));
    }
    return new FifthStageFeatures(resNet(), c.integer("MODEL.RESNETS.RES5_DILATION"));
  }

  private Mask mask(Box box) {
    expect("MODEL.ROI_MASK_HEAD.PREDICTOR", "MaskRCNNC4Predictor");
    MaskFeatures features = maskFeatures(box);
    boolean shared = features instanceof BoxHeadFeatures;
    Pool pool =
        shared
            ? box.pool()
            : pool(
                "MODEL.ROI_MASK_HEAD.POOLER_RESOLUTION",
                "MODEL.ROI_MASK_HEAD.POOLER_SCALES",
                "MODEL.ROI_MASK_HEAD.POOLER_SAMPLING_RATIO");
    int[] widths = c.integers("MODEL.ROI_MASK_HEAD.CONV_LAYERS");
    int resolution = c.integer("MODEL.ROI_MASK_HEAD.RESOLUTION");
    // The fifth stage halves, unless it is dilated; the transposed convolution doubles.
    int pooled = pool.resolution();
    boolean halved =
        !(features instanceof Convolutions) && c.integer("MODEL.RESNETS.RES5_DILATION") == 1;
    int doubled = halved ? 2 * ((pooled + 1) / 2) : 2 * pooled;
    if (widths.length == 0 || resolution != doubled) {
      throw new ConfigException(
          "MODEL.ROI_MASK_HEAD.RESOLUTION: must be %s for POOLER_RESOLUTION %s, got %s"
              .formatted(doubled, pooled, resolution));
    }
    return new Mask(pool, features, widths[widths.length - 1], resolution);
  }

  private MaskFeatures maskFeatures(Box box) {
    boolean fifth = c.text("MODEL.ROI_MASK_HEAD.FEATURE_EXTRACTOR").equals(FIFTH_STAGE);
    boolean shared = c.flag("MODEL.ROI_MASK_HEAD.SHARE_BOX_FEATURE_EXTRACTOR");
    if (shared && !(fifth && box.features() instanceof FifthStageFeatures)) {
      throw new ConfigException(
          "MODEL.ROI_MASK_HEAD.SHARE_BOX_FEATURE_EXTRACTOR: only the fifth stage can be shared;"
              + " set it to False");
    }
    if (fifth) {
      FifthStageFeatures own = fifthStage("MODEL.ROI_MASK_HEAD.FEATURE_EXTRACTOR");
      return shared ? new BoxHeadFeatures() : own;
    }
    expect("MODEL.ROI_MASK_HEAD.FEATURE_EXTRACTOR", "MaskRCNNFPNFeatureExtractor");
    return new Convolutions(
        c.integers("MODEL.ROI_MASK_HEAD.CONV_LAYERS"),
        c.integer("MODEL.ROI_MASK_HEAD.DILATION"),
        normsIf("MODEL.ROI_MASK_HEAD.USE_GN"));
  }

  private void expect(String key, String value) {
    if (!c.text(key).equals(value)) {
      throw new ConfigException(
          key + ": '" + c.text(key) + "' is not supported, expected " + value);
    }
  }
}
