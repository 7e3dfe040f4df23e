package dev.maskrcnn.detection.weights;

import dev.maskrcnn.tensor.io.HostTensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tensors of detectron2's Mask R-CNN on ResNet-FPN, in terms of the original's names and order of
 * classes: detectron2 has the background last, and neither box nor mask for it.
 */
public final class Detectron2Weights {
  private static final String SCORES = "roi_heads.box.predictor.cls_score.";
  private static final String BOXES = "roi_heads.box.predictor.bbox_pred.";
  private static final String MASKS = "roi_heads.mask.predictor.mask_fcn_logits.";

  private static final Pattern STEM =
      Pattern.compile("(?:backbone\\.)?(?:bottom_up\\.)?stem\\.conv1\\.(norm\\.)?(\\w+)");
  private static final Pattern BLOCK =
      Pattern.compile(
          "(?:backbone\\.)?(?:bottom_up\\.)?res([2-5])\\.(\\d+)\\.(conv([1-3])|shortcut)"
              + "\\.(norm\\.)?(\\w+)");
  private static final Pattern PYRAMID =
      Pattern.compile("backbone\\.fpn_(lateral|output)([2-5])\\.(weight|bias)");
  private static final Pattern MASK_LAYER =
      Pattern.compile("roi_heads\\.mask_head\\.(mask_fcn\\d+)\\.(weight|bias)");

  private static final Pattern FIRST_BLOCK =
      Pattern.compile("(?:backbone\\.)?(?:bottom_up\\.)?res2\\.0\\.conv1\\.weight");

  /** What older files have beside the weights. */
  private static final Pattern CONSTANTS =
      Pattern.compile("pixel_(mean|std)|.*anchor_generator\\.cell_anchors\\.\\d+");

  private static final Map<String, String> PREFIXES =
      Map.of(
          "proposal_generator.rpn_head.conv.", "rpn.head.conv.",
          "proposal_generator.rpn_head.objectness_logits.", "rpn.head.cls_logits.",
          "proposal_generator.rpn_head.anchor_deltas.", "rpn.head.bbox_pred.",
          "roi_heads.box_head.fc1.", "roi_heads.box.feature_extractor.fc6.",
          "roi_heads.box_head.fc2.", "roi_heads.box.feature_extractor.fc7.",
          "roi_heads.box_predictor.cls_score.", SCORES,
          "roi_heads.box_predictor.bbox_pred.", BOXES,
          "roi_heads.mask_head.deconv.", "roi_heads.mask.predictor.conv5_mask.",
          "roi_heads.mask_head.predictor.", MASKS);

  private Detectron2Weights() {}

  /** Whether names are those of detectron2's models on a ResNet, or of such a body alone. */
  static boolean fit(Set<String> names) {
    return names.stream().anyMatch(name -> FIRST_BLOCK.matcher(name).matches());
  }

  /** Names that are neither known weights nor constants that belong to none. */
  static List<String> unknown(Set<String> names) {
    return names.stream()
        .filter(name -> rename(name).isEmpty() && !CONSTANTS.matcher(name).matches())
        .toList();
  }

  /** The original's name of a parameter; empty if the name is not detectron2's. */
  public static Optional<String> rename(String name) {
    Matcher m = STEM.matcher(name);
    if (m.matches()) {
      String part = m.group(1) == null ? "conv1." : "bn1.";
      return Optional.of("backbone.body.stem." + part + m.group(2));
    }
    m = BLOCK.matcher(name);
    if (m.matches()) {
      int stage = Integer.parseInt(m.group(1)) - 1;
      return Optional.of(
          "backbone.body.layer%s.%s.%s.%s"
              .formatted(stage, m.group(2), part(m.group(4), m.group(5) != null), m.group(6)));
    }
    m = PYRAMID.matcher(name);
    if (m.matches()) {
      String part = m.group(1).equals("lateral") ? "fpn_inner" : "fpn_layer";
      int level = Integer.parseInt(m.group(2)) - 1;
      return Optional.of("backbone.fpn." + part + level + "." + m.group(3));
    }
    m = MASK_LAYER.matcher(name);
    if (m.matches()) {
      return Optional.of("roi_heads.mask.feature_extractor." + m.group(1) + "." + m.group(2));
    }
    return PREFIXES.entrySet().stream()
        .filter(e -> name.startsWith(e.getKey()))
        .map(e -> e.getValue() + name.substring(e.getKey().length()))
        .findFirst();
  }

  private static String part(String number, boolean norm) {
    if (number == null) {
      return norm ? "downsample.1" : "downsample.0";
    }
    return (norm ? "bn" : "conv") + number;
  }

  /**
   * All tensors under the original's names, classes in its order; what has no counterpart (pixel
   * means, cell anchors) is left out.
   */
  public static Map<String, HostTensor> toOriginal(Map<String, HostTensor> tensors) {
    Map<String, HostTensor> out = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> rename(name).ifPresent(own -> out.put(own, classes(own, tensor))));
    return out;
  }

  /** Class-shaped tensors with the background in front; others as they are. */
  private static HostTensor classes(String own, HostTensor tensor) {
    if (own.startsWith(SCORES)) {
      return backgroundFirst(own, tensor);
    }
    if (own.startsWith(BOXES)) {
      return withZeros(tensor, 4);
    }
    return own.startsWith(MASKS) ? withZeros(tensor, 1) : tensor;
  }

  private static HostTensor backgroundFirst(String own, HostTensor tensor) {
    long[] shape = tensor.shape();
    if (shape.length == 0 || shape[0] == 0) {
      throw new CheckpointException(
          "tensor %s has shape %s, expected one row for each class"
              .formatted(own, Arrays.toString(shape)));
    }
    float[] values = tensor.floats();
    int row = values.length / (int) shape[0];
    float[] out = new float[values.length];
    System.arraycopy(values, values.length - row, out, 0, row);
    System.arraycopy(values, 0, out, row, values.length - row);
    return HostTensor.of(out, shape);
  }

  /** The same behind rows of zeros, which stand for the background. */
  private static HostTensor withZeros(HostTensor tensor, int rows) {
    long[] shape = tensor.shape();
    if (shape.length == 0 || shape[0] == 0) {
      return tensor;
    }
    float[] values = tensor.floats();
    int size = values.length / (int) shape[0] * rows;
    float[] out = new float[size + values.length];
    System.arraycopy(values, 0, out, size, values.length);
    shape[0] += rows;
    return HostTensor.of(out, shape);
  }
}
