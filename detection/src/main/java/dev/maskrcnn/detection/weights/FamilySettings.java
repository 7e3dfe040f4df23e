package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoClasses;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.family.Family;
import dev.maskrcnn.tensor.io.HostTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * The settings under which another family uses its Mask R-CNN and Faster R-CNN on a ResNet with
 * FPN: its defaults, and the sizes that follow from the shapes of the tensors.
 */
final class FamilySettings {
  private static final int COCO_OUTPUTS = 91;
  private static final List<Double> DEVIATIONS = List.of(57.375, 57.12, 58.395);
  private static final String WEIGHT = ".weight";
  private static final String BLOCK = "backbone.body.layer1.0.";
  private static final String SCORES = "roi_heads.box.predictor.cls_score.bias";
  private static final String BOXES = "roi_heads.box.predictor.bbox_pred.bias";
  private static final String MASKS = "roi_heads.mask.predictor.mask_fcn_logits.weight";
  private static final String MASK_LAYER = "roi_heads.mask.feature_extractor.mask_fcn";

  private final Path file;
  private final Family family;
  private final Map<String, HostTensor> theirs;
  private final Map<String, HostTensor> tensors;

  /**
   * @param content a file of that family
   */
  FamilySettings(WeightFile content, Family family) {
    this.file = content.file();
    this.family = family;
    this.theirs = content.unwrapped();
    this.tensors = FamilyNames.tensors(family, content);
  }

  /** The tensors under the original's names. */
  Map<String, HostTensor> tensors() {
    return tensors;
  }

  /** Whether the file holds a detector, not just a body. */
  boolean isDetector() {
    return tensors.containsKey(SCORES);
  }

  /**
   * The settings.
   *
   * @throws CheckpointException if the file holds another model than these
   */
  Config config() {
    boolean detectron2 = family == Family.DETECTRON2;
    String body = body();
    int classes = rows(SCORES).orElseThrow(() -> unknown(file + ": has no box head"));
    Config c =
        family
            .published()
            .with("MODEL.BACKBONE.CONV_BODY", body)
            .with("MODEL.ROI_BOX_HEAD.NUM_CLASSES", classes)
            .with("MODEL.CLS_AGNOSTIC_BBOX_REG", rows(BOXES).orElse(4 * classes) != 4 * classes)
            .with("MODEL.MASK_ON", tensors.containsKey(MASKS));
    if (release().isPresent()) {
      c = c.with("MODEL.RESNETS.FROZEN_NORM_EPSILON", 0.0);
    }
    c = sizes(c);
    return detectron2 ? pixels(c) : c;
  }

  /** By what the file is recognised as published by torchvision. */
  private Optional<String> release() {
    return family == Family.TORCHVISION ? TorchvisionRelease.of(file) : Optional.empty();
  }

  /** The epsilon of torchvision's frozen norms, which a file does not hold, and its reason. */
  String epsilonNote() {
    return release()
        .map(by -> "epsilon of frozen norms 0, as in torchvision's COCO weights, known by " + by)
        .orElse(
            "epsilon of frozen norms 1e-5, as torchvision constructs models; if they were"
                + " fine-tuned from its COCO weights, set MODEL.RESNETS.FROZEN_NORM_EPSILON 0");
  }

  /** The classes from 1: torchvision's detectors of COCO have an output for each of its ids. */
  List<CocoCategory> categories() {
    boolean coco = family == Family.TORCHVISION && rows(SCORES).orElse(0) == COCO_OUTPUTS;
    return coco ? CocoClasses.ninety() : List.of();
  }

  /** Says what is assumed of the classes. */
  Optional<String> categoryNote() {
    return categories().isEmpty() || release().isPresent()
        ? Optional.empty()
        : Optional.of("has 91 outputs, which are taken for the ids of COCO's categories");
  }

  private String body() {
    List<String> strange =
        family == Family.DETECTRON2
            ? Detectron2Weights.unknown(theirs.keySet())
            : tensors.keySet().stream().filter(ofOtherTorchvision()).toList();
    if (!strange.isEmpty()) {
      throw unknown(
          "%s: has a tensor %s%s"
              .formatted(
                  file,
                  strange.get(0),
                  strange.size() > 1 ? " (and %s more)".formatted(strange.size() - 1) : ""));
    }
    boolean bottlenecks = tensors.containsKey(BLOCK + "conv3" + WEIGHT);
    boolean frozen = family == Family.TORCHVISION || tensors.containsKey(BLOCK + "bn1.running_var");
    if (bottlenecks && frozen) {
      if (!tensors.containsKey("backbone.body.layer3.6.conv1.weight")) {
        return "R-50-FPN";
      }
      if (!tensors.containsKey("backbone.body.layer3.23.conv1.weight")) {
        return "R-101-FPN";
      }
    }
    throw unknown(file + ": has another body");
  }

  /** The second version has norms in the pyramid and two layers in the RPN. */
  private static Predicate<String> ofOtherTorchvision() {
    return name ->
        name.equals("backbone.fpn.fpn_inner1.1.weight") || name.equals("rpn.head.conv.1.0.weight");
  }

  private CheckpointException unknown(String what) {
    return new CheckpointException(
        "%s, so it is of a model of %s that is not known here; expected %s"
            .formatted(
                what,
                family.key(),
                family == Family.DETECTRON2
                    ? "Mask R-CNN or Faster R-CNN on ResNet-50, ResNet-101 or ResNeXt-101 with FPN"
                        + " and frozen norms"
                    : "maskrcnn_resnet50_fpn or fasterrcnn_resnet50_fpn, not a v2, also on a"
                        + " ResNet-101 or ResNeXt-101"));
  }

  private OptionalInt extent(String name, int axis) {
    HostTensor t = tensors.get(name);
    return t == null || t.shape().length <= axis
        ? OptionalInt.empty()
        : OptionalInt.of((int) Math.min(t.shape()[axis], Integer.MAX_VALUE));
  }

  private OptionalInt rows(String name) {
    return extent(name, 0);
  }

  /** Widths, which are the published ones unless the tensors say otherwise. */
  private Config sizes(Config config) {
    Config c = config;
    String second = BLOCK + "conv2" + WEIGHT;
    int perGroup = Math.max(1, extent(second, 1).orElse(64));
    c = c.with("MODEL.RESNETS.WIDTH_PER_GROUP", perGroup);
    c = c.with("MODEL.RESNETS.NUM_GROUPS", rows(second).orElse(perGroup) / perGroup);
    c = sized(c, "MODEL.RESNETS.STEM_OUT_CHANNELS", "backbone.body.stem.conv1.weight", 64);
    c = sized(c, "MODEL.RESNETS.RES2_OUT_CHANNELS", BLOCK + "conv3" + WEIGHT, 256);
    c = sized(c, "MODEL.BACKBONE.OUT_CHANNELS", "backbone.fpn.fpn_inner1.weight", 256);
    String box = "roi_heads.box.feature_extractor.fc6.weight";
    c = sized(c, "MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM", box, 1024);
    List<Integer> layers = new ArrayList<>();
    for (int i = 1; tensors.containsKey(MASK_LAYER + i + WEIGHT); i++) {
      layers.add(rows(MASK_LAYER + i + WEIGHT).orElse(0));
    }
    return layers.isEmpty() ? c : c.with("MODEL.ROI_MASK_HEAD.CONV_LAYERS", layers);
  }

  /** A vector has too few axes for a weight: then it is of no model that can be built anyway. */
  private Config sized(Config c, String key, String name, int usual) {
    HostTensor t = tensors.get(name);
    return c.with(key, t == null || t.shape().length < 2 ? usual : rows(name).orElse(usual));
  }

  /** Older files hold their pixel statistics; ResNeXt's body was trained with deviations. */
  private Config pixels(Config config) {
    Config c = config;
    if (c.integer("MODEL.RESNETS.NUM_GROUPS") > 1) {
      c = c.with("INPUT.PIXEL_STD", DEVIATIONS);
    }
    c = given(c, "INPUT.PIXEL_MEAN", "pixel_mean");
    c = given(c, "INPUT.PIXEL_STD", "pixel_std");
    boolean caffe2 = c.value("INPUT.PIXEL_STD").equals(List.of(1.0, 1.0, 1.0));
    return c.with("MODEL.RESNETS.STRIDE_IN_1X1", caffe2);
  }

  private Config given(Config c, String key, String name) {
    HostTensor t = theirs.get(name);
    if (t == null || t.elements() != 3 || !t.type().isFloating()) {
      return c;
    }
    List<Double> values = new ArrayList<>();
    for (float v : t.floats()) {
      values.add(Double.parseDouble(Float.toString(v)));
    }
    return c.with(key, values);
  }
}
