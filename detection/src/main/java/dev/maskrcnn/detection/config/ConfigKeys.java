package dev.maskrcnn.detection.config;

import static dev.maskrcnn.detection.config.ConfigRange.between;

import dev.maskrcnn.detection.config.ConfigKey.Type;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The 113 keys of the original's {@code config/defaults.py} (NVIDIA DeepLearningExamples, February
 * 2023) with the same defaults and types, and a few that it lacks ({@code extras}).
 */
final class ConfigKeys {
  /** Facebook's later name of the same value. */
  private static final Map<String, String> ALIASES =
      Map.of("MODEL.RESNETS.BACKBONE_OUT_CHANNELS", "MODEL.BACKBONE.OUT_CHANNELS");

  /** Widths, sizes in pixels and counts above this are slips of the hand. */
  private static final int MOST = 1 << 16;

  private static final ConfigRange POSITIVE = between(Double.MIN_VALUE, Double.MAX_VALUE);
  private static final ConfigRange NOT_NEGATIVE = between(0, Double.MAX_VALUE);

  private static final ConfigKeys ALL = new ConfigKeys();

  private final Map<String, ConfigKey> keys = new TreeMap<>();
  private final Set<String> sections = new HashSet<>();

  private ConfigKeys() {
    model();
    proposals();
    regionHeads();
    residualNets();
    data();
    solver();
    rest();
    extras();
    for (String key : keys.keySet()) {
      for (int dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', dot + 1)) {
        sections.add(key.substring(0, dot));
      }
    }
  }

  /** All keys, sorted by name. */
  static Collection<ConfigKey> all() {
    return Collections.unmodifiableCollection(ALL.keys.values());
  }

  /** The key of that name or alias, or null. */
  static ConfigKey find(String name) {
    return ALL.keys.get(ALIASES.getOrDefault(name, name));
  }

  static boolean isSection(String name) {
    return ALL.sections.contains(name);
  }

  /** Names that come closest to a wrong one, sections included. */
  static List<String> closest(String name) {
    Set<String> candidates = new HashSet<>(ALL.keys.keySet());
    candidates.addAll(ALL.sections);
    return Closest.to(name, candidates, '.');
  }

  private void model() {
    add("MODEL.RPN_ONLY", false, "proposals only, no heads; evaluated as box-proposal recall");
    add("MODEL.MASK_ON", false, "adds the mask head and segm evaluation");
    add("MODEL.DEVICE", "cuda", "where to compute: cuda or cpu");
    add("MODEL.META_ARCHITECTURE", "GeneralizedRCNN", "the only one");
    add("MODEL.WEIGHT", "", "initial weights: empty, catalog://..., or a file");
    add("MODEL.BACKBONE.CONV_BODY", "R-50-C4", "R-50 or R-101, then -C4, -C5 or -FPN");
    add(
            "MODEL.BACKBONE.FREEZE_CONV_BODY_AT",
            2,
            "stages 0..N-1 stay fixed (0 is the stem); 0 for none")
        .in(between(0, 5));
    add(
            "MODEL.BACKBONE.OUT_CHANNELS",
            1024,
            "channels for the RPN: 256 for FPN, 1024 for C4, 2048 for C5")
        .in(between(1, MOST));
    add("MODEL.BACKBONE.USE_GN", false, "no effect: RESNETS.TRANS_FUNC decides");
    add("MODEL.FPN.USE_GN", false, "group norm after each FPN convolution");
    add("MODEL.FPN.USE_RELU", false, "ReLU after each FPN convolution");
    add("MODEL.GROUP_NORM.DIM_PER_GP", -1, "channels per group; this or NUM_GROUPS must be -1")
        .in(between(1, MOST).or(-1));
    add("MODEL.GROUP_NORM.NUM_GROUPS", 32, "groups; this or DIM_PER_GP must be -1")
        .in(between(1, MOST).or(-1));
    add("MODEL.GROUP_NORM.EPSILON", 1e-5, "added to the variance").in(between(0, 1));
  }

  private void proposals() {
    add("MODEL.RPN.USE_FPN", false, "one anchor size for each of several levels");
    integers("MODEL.RPN.ANCHOR_SIZES", "pixels; with FPN one per level", 32, 64, 128, 256, 512)
        .in(between(1, MOST));
    integers("MODEL.RPN.ANCHOR_STRIDE", "pixels; with FPN one per level", 16).in(between(1, MOST));
    numbers(Type.NUMBERS, "MODEL.RPN.ASPECT_RATIOS", "height / width", 0.5, 1.0, 2.0).in(POSITIVE);
    add("MODEL.RPN.STRADDLE_THRESH", 0, "pixels an anchor may stick out; negative for any number");
    add("MODEL.RPN.FG_IOU_THRESHOLD", 0.7, "anchors at or above are positive").in(between(0, 1));
    add("MODEL.RPN.BG_IOU_THRESHOLD", 0.3, "anchors below are negative").in(between(0, 1));
    add("MODEL.RPN.BATCH_SIZE_PER_IMAGE", 256, "anchors in the loss").in(between(1, MOST));
    add("MODEL.RPN.POSITIVE_FRACTION", 0.5, "at most this part of them positive").in(between(0, 1));
    add("MODEL.RPN.PRE_NMS_TOP_N_TRAIN", 12000, "proposals per level before suppression, training")
        .in(between(1, MOST));
    add("MODEL.RPN.PRE_NMS_TOP_N_TEST", 6000, "the same, test").in(between(1, MOST));
    add("MODEL.RPN.POST_NMS_TOP_N_TRAIN", 2000, "proposals per level after suppression, training")
        .in(between(1, MOST));
    add("MODEL.RPN.POST_NMS_TOP_N_TEST", 1000, "the same, test").in(between(1, MOST));
    add("MODEL.RPN.NMS_THRESH", 0.7, "IoU above which the lower score goes").in(between(0, 1));
    add("MODEL.RPN.MIN_SIZE", 0, "smallest side in pixels").in(between(0, MOST));
    add(
            "MODEL.RPN.FPN_POST_NMS_TOP_N_TRAIN",
            2000,
            "proposals over all levels for the whole batch of one device, training")
        .in(between(1, MOST));
    add("MODEL.RPN.FPN_POST_NMS_TOP_N_TEST", 2000, "proposals over all levels for each image, test")
        .in(between(1, MOST));
    add("MODEL.RPN.RPN_HEAD", "SingleConvRPNHead", "the only one");
  }

  private void regionHeads() {
    add("MODEL.ROI_HEADS.USE_FPN", false, "no effect: BACKBONE.CONV_BODY decides");
    add("MODEL.ROI_HEADS.FG_IOU_THRESHOLD", 0.5, "proposals at or above are foreground")
        .in(between(0, 1));
    add("MODEL.ROI_HEADS.BG_IOU_THRESHOLD", 0.5, "proposals below are background")
        .in(between(0, 1));
    numbers(Type.NUMBERS, "MODEL.ROI_HEADS.BBOX_REG_WEIGHTS", "of dx, dy, dw, dh", 10, 10, 5, 5)
        .in(POSITIVE.times(4));
    add("MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE", 512, "proposals in the loss").in(between(1, MOST));
    add("MODEL.ROI_HEADS.POSITIVE_FRACTION", 0.25, "at most this part of them foreground")
        .in(between(0, 1));
    add("MODEL.ROI_HEADS.SCORE_THRESH", 0.05, "detections need more").in(between(0, 1));
    add("MODEL.ROI_HEADS.NMS", 0.5, "IoU above which the lower score goes").in(between(0, 1));
    add("MODEL.ROI_HEADS.DETECTIONS_PER_IMG", 100, "best ones kept; ties stay; 0 for all")
        .in(between(0, MOST));
    add(
        "MODEL.ROI_BOX_HEAD.FEATURE_EXTRACTOR",
        "ResNet50Conv5ROIFeatureExtractor",
        "or FPN2MLP..., FPNXconv1fc...");
    add("MODEL.ROI_BOX_HEAD.PREDICTOR", "FastRCNNPredictor", "or FPNPredictor");
    add("MODEL.ROI_BOX_HEAD.POOLER_RESOLUTION", 14, "side of the pooled region")
        .in(between(1, MOST));
    add(
            "MODEL.ROI_BOX_HEAD.POOLER_SAMPLING_RATIO",
            0,
            "samples per bin and axis; 0 adapts to the region")
        .in(between(0, MOST));
    numbers(Type.NUMBERS, "MODEL.ROI_BOX_HEAD.POOLER_SCALES", "1 / stride of each level", 0.0625)
        .in(POSITIVE);
    add("MODEL.ROI_BOX_HEAD.NUM_CLASSES", 81, "with the background as class 0")
        .in(between(2, MOST));
    add("MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM", 1024, "width of the fully connected layers")
        .in(between(1, MOST));
    add("MODEL.ROI_BOX_HEAD.USE_GN", false, "group norm in the head");
    add("MODEL.ROI_BOX_HEAD.DILATION", 1, "of the convolutions of FPNXconv1fc")
        .in(between(1, MOST));
    add("MODEL.ROI_BOX_HEAD.CONV_HEAD_DIM", 256, "their width").in(between(1, MOST));
    add("MODEL.ROI_BOX_HEAD.NUM_STACKED_CONVS", 4, "their number").in(between(0, MOST));
    add(
        "MODEL.ROI_MASK_HEAD.FEATURE_EXTRACTOR",
        "ResNet50Conv5ROIFeatureExtractor",
        "or MaskRCNNFPN...");
    add("MODEL.ROI_MASK_HEAD.PREDICTOR", "MaskRCNNC4Predictor", "the only one");
    add("MODEL.ROI_MASK_HEAD.POOLER_RESOLUTION", 14, "side of the pooled region")
        .in(between(1, MOST));
    add(
            "MODEL.ROI_MASK_HEAD.POOLER_SAMPLING_RATIO",
            0,
            "samples per bin and axis; 0 adapts to the region")
        .in(between(0, MOST));
    numbers(Type.NUMBERS, "MODEL.ROI_MASK_HEAD.POOLER_SCALES", "1 / stride of each level", 0.0625)
        .in(POSITIVE);
    add("MODEL.ROI_MASK_HEAD.MLP_HEAD_DIM", 1024, "no effect: the head has no such layer");
    integers("MODEL.ROI_MASK_HEAD.CONV_LAYERS", "widths of the convolutions", 256, 256, 256, 256)
        .in(between(1, MOST));
    add("MODEL.ROI_MASK_HEAD.RESOLUTION", 14, "side of the mask target; 28 with FPN")
        .in(between(1, MOST));
    add("MODEL.ROI_MASK_HEAD.SHARE_BOX_FEATURE_EXTRACTOR", true, "C4: masks use the box features");
    add(
        "MODEL.ROI_MASK_HEAD.POSTPROCESS_MASKS",
        false,
        "no effect: masks are always pasted into the image");
    add("MODEL.ROI_MASK_HEAD.POSTPROCESS_MASKS_THRESHOLD", 0.5, "probability of a mask pixel")
        .in(between(0, 1));
    add("MODEL.ROI_MASK_HEAD.DILATION", 1, "of the convolutions").in(between(1, MOST));
    add("MODEL.ROI_MASK_HEAD.USE_GN", false, "group norm in the head");
  }

  private void residualNets() {
    add("MODEL.RESNETS.NUM_GROUPS", 1, "groups of the 3x3 convolutions; 32 for X-101-32x8d")
        .in(between(1, MOST));
    add("MODEL.RESNETS.WIDTH_PER_GROUP", 64, "their channels per group in the first stage")
        .in(between(1, MOST));
    add(
        "MODEL.RESNETS.STRIDE_IN_1X1",
        true,
        "stride in the 1x1 convolution; True only for MSRA weights");
    add("MODEL.RESNETS.TRANS_FUNC", "BottleneckWithFixedBatchNorm", "or BottleneckWithGN");
    add("MODEL.RESNETS.STEM_FUNC", "StemWithFixedBatchNorm", "or StemWithGN");
    add("MODEL.RESNETS.RES5_DILATION", 1, "of the last stage in the C4 head").in(between(1, MOST));
    add("MODEL.RESNETS.RES2_OUT_CHANNELS", 256, "channels of the first stage").in(between(1, MOST));
    add("MODEL.RESNETS.STEM_OUT_CHANNELS", 64, "channels of the stem").in(between(1, MOST));
  }

  private void data() {
    put(
            "INPUT.MIN_SIZE_TRAIN",
            Type.CHOICE,
            800,
            "pixels of the shorter side, training; of several, one is drawn for each image")
        .in(between(1, MOST));
    add("INPUT.MAX_SIZE_TRAIN", 1333, "limit of the longer side, training").in(between(1, MOST));
    add("INPUT.MIN_SIZE_TEST", 800, "pixels of the shorter side, test").in(between(1, MOST));
    add("INPUT.MAX_SIZE_TEST", 1333, "limit of the longer side, test").in(between(1, MOST));
    numbers(Type.NUMBER_LIST, "INPUT.PIXEL_MEAN", "BGR", 102.9801, 115.9465, 122.7717)
        .in(ConfigRange.ANY.times(3));
    numbers(Type.NUMBER_LIST, "INPUT.PIXEL_STD", "BGR", 1, 1, 1).in(POSITIVE.times(3));
    add("INPUT.TO_BGR255", true, "images as BGR in 0..255 instead of RGB in 0..1");
    add("INPUT.EXIF_ORIENTATION", true, "turn photos upright; False: pixels as they are stored");
    put("DATASETS.TRAIN", Type.TEXTS, List.of(), "names in the data set catalog");
    put("DATASETS.TEST", Type.TEXTS, List.of(), "names in the data set catalog");
    add(
        "DATASETS.MATCH_CATEGORIES_BY",
        "name",
        "or id: what finds a data set's classes in a model");
    add("DATALOADER.NUM_WORKERS", 4, "threads that read images").in(between(0, MOST));
    add("DATALOADER.SIZE_DIVISIBILITY", 0, "pad batches to multiples of this; 32 with FPN")
        .in(between(0, MOST));
    add("DATALOADER.ASPECT_RATIO_GROUPING", true, "wide and tall images in separate batches");
    add("DATALOADER.HYBRID", true, "no effect: a device that can do it prepares the images");
  }

  private void solver() {
    add("SOLVER.MAX_ITER", 40000, "iterations (micro-batches)").in(NOT_NEGATIVE);
    add("SOLVER.BASE_LR", 0.001, "learning rate of weights").in(NOT_NEGATIVE);
    add(
            "SOLVER.BIAS_LR_FACTOR",
            2,
            "biases learn that much faster; 1 by default under other conventions")
        .in(NOT_NEGATIVE);
    add("SOLVER.MOMENTUM", 0.9, "of SGD").in(between(0, 1));
    add("SOLVER.WEIGHT_DECAY", 0.0005, "of weights").in(NOT_NEGATIVE);
    add(
            "SOLVER.WEIGHT_DECAY_BIAS",
            0,
            "of biases; -1: as WEIGHT_DECAY, the default of other conventions")
        .in(NOT_NEGATIVE.or(-1));
    add("SOLVER.GAMMA", 0.1, "learning-rate factor at each of STEPS").in(NOT_NEGATIVE);
    integers("SOLVER.STEPS", "updates at which the learning rate falls", 30000)
        .in(NOT_NEGATIVE.orEmpty());
    add("SOLVER.WARMUP_FACTOR", 1.0 / 3, "learning-rate factor of the first update")
        .in(NOT_NEGATIVE);
    add("SOLVER.WARMUP_ITERS", 500, "updates of warm-up").in(NOT_NEGATIVE);
    add("SOLVER.WARMUP_METHOD", "linear", "constant, linear or mlperf_linear");
    add("SOLVER.CHECKPOINT_PERIOD", 2500, "iterations between checkpoints")
        .in(between(1, Integer.MAX_VALUE));
    add("SOLVER.IMS_PER_BATCH", 16, "images per iteration over all devices").in(between(1, MOST));
    add("SOLVER.ACCUMULATE_STEPS", 1, "micro-batches per update").in(between(1, MOST));
    add("SOLVER.ACCUMULATE_GRAD", false, "use ACCUMULATE_STEPS");
  }

  private void rest() {
    put("TEST.EXPECTED_RESULTS", Type.ITEMS, List.of(), "(task, metric, (mean, std)) to be met");
    add("TEST.EXPECTED_RESULTS_SIGMA_TOL", 4, "standard deviations allowed").in(NOT_NEGATIVE);
    add("TEST.IMS_PER_BATCH", 8, "images per batch over all devices").in(between(1, MOST));
    add("OUTPUT_DIR", ".", "folder for logs, checkpoints and results");
    add("PATHS_CATALOG", "paths_catalog.yaml", "YAML file of data sets, or a built-in catalog");
    add("USE_TORCH_DDP", true, "no effect: PyTorch's way to average gradients");
    add("DTYPE", "float32", "float32, or float16 or bfloat16 for mixed precision");
    add("NHWC", true, "no effect: always channels last");
    add("PER_EPOCH_EVAL", false, "evaluate after each epoch and stop at the MIN_* values");
    add("MIN_BBOX_MAP", 0.377, "box AP for PER_EPOCH_EVAL").in(NOT_NEGATIVE);
    add("MIN_MASK_MAP", 0.342, "mask AP for PER_EPOCH_EVAL").in(NOT_NEGATIVE);
    add("SAVE_CHECKPOINT", true, "write checkpoints");
  }

  /** Keys of Facebook's later version and of this program; at their defaults all is as without. */
  private void extras() {
    add(
        "MODEL.CONVENTIONS",
        "maskrcnn_benchmark",
        "whose rules: maskrcnn_benchmark, torchvision, detectron2");
    add(
            "MODEL.ROI_HEADS.CANONICAL_BOX_SIZE",
            224,
            "side in pixels of a box that is pooled from the pyramid's P4")
        .in(between(1, MOST));
    add(
        "INPUT.SIZES_IN_FLOAT32",
        false,
        "torchvision's conventions before 0.28: image sizes in single precision");
    add(
            "MODEL.RESNETS.FROZEN_NORM_EPSILON",
            -1.0,
            "of frozen norms; -1: as the conventions have it")
        .in(between(0, 1).or(-1));
    add(
        "MODEL.RPN.FPN_POST_NMS_PER_BATCH",
        true,
        "FPN_POST_NMS_TOP_N_TRAIN is for the batch; False: for each image");
    add("INPUT.HORIZONTAL_FLIP_PROB_TRAIN", 0.5, "probability of a flip in x, training")
        .in(between(0, 1));
    add("INPUT.VERTICAL_FLIP_PROB_TRAIN", 0.0, "probability of a flip in y, training")
        .in(between(0, 1));
    add("INPUT.BRIGHTNESS", 0.0, "training images get a factor of 1 - this to 1 + this")
        .in(NOT_NEGATIVE);
    add("INPUT.CONTRAST", 0.0, "the same").in(NOT_NEGATIVE);
    add("INPUT.SATURATION", 0.0, "the same").in(NOT_NEGATIVE);
    add("INPUT.HUE", 0.0, "hues turn by up to this part of the circle").in(between(0, 0.5));
    add("MODEL.CLS_AGNOSTIC_BBOX_REG", false, "one box for all classes");
    add("TEST.BBOX_AUG.ENABLED", false, "boxes from several views of a test image together");
    add("TEST.BBOX_AUG.H_FLIP", false, "the mirrored image is one of them");
    add("SOLVER.TEST_PERIOD", 0, "iterations between validations (AP and losses); 0 for none")
        .in(NOT_NEGATIVE);
    add(
        "MODEL.CPU_BFLOAT16",
        "measure",
        "DTYPE bfloat16 on the CPU: operands, float32, or measure which is faster");
    add("TEST.MIXED_SIZES", true, "images of several sizes in a test batch, padded to the largest");
    add("DATALOADER.SKIP_DAMAGED", false, "leave out images that cannot be read, and count them");
    add("SOLVER.ACCUMULATE_COMPAT", false, "first update a micro-batch early, as the original's");
  }

  /** A key whose range may still be given. */
  private final class Defined {
    private final String name;

    Defined(String name) {
      this.name = name;
    }

    void in(ConfigRange range) {
      keys.computeIfPresent(name, (n, key) -> key.in(range));
    }
  }

  private Defined add(String name, int initial, String meaning) {
    return put(name, Type.INTEGER, initial, meaning);
  }

  private Defined add(String name, double initial, String meaning) {
    return put(name, Type.NUMBER, initial, meaning);
  }

  private Defined add(String name, boolean initial, String meaning) {
    return put(name, Type.FLAG, initial, meaning);
  }

  private Defined add(String name, String initial, String meaning) {
    return put(name, Type.TEXT, initial, meaning);
  }

  private Defined integers(String name, String meaning, Integer... initial) {
    return put(name, Type.INTEGERS, List.of(initial), meaning);
  }

  private Defined numbers(Type type, String name, String meaning, double... initial) {
    return put(name, type, Arrays.stream(initial).boxed().toList(), meaning);
  }

  private Defined put(String name, Type type, Object initial, String meaning) {
    keys.put(name, new ConfigKey(name, type, initial, meaning));
    return new Defined(name);
  }
}
