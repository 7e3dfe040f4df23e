package dev.maskrcnn.detection.weights;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Parameter names of torchvision's Mask R-CNN on ResNet-FPN, in terms of the original's. */
public final class TorchvisionNames {
  private static final Map<String, String> PREFIXES = prefixes();

  private TorchvisionNames() {}

  private static Map<String, String> prefixes() {
    Map<String, String> map = new LinkedHashMap<>();
    map.put("backbone.body.conv1.", "backbone.body.stem.conv1.");
    map.put("backbone.body.bn1.", "backbone.body.stem.bn1.");
    for (int i = 0; i < 4; i++) {
      map.put("backbone.fpn.inner_blocks." + i + ".0.", "backbone.fpn.fpn_inner" + (i + 1) + ".");
      map.put("backbone.fpn.layer_blocks." + i + ".0.", "backbone.fpn.fpn_layer" + (i + 1) + ".");
      map.put(
          "roi_heads.mask_head." + i + ".0.",
          "roi_heads.mask.feature_extractor.mask_fcn" + (i + 1) + ".");
      // The published weights have the names of torchvision before 0.13.
      map.put("backbone.fpn.inner_blocks." + i + ".", "backbone.fpn.fpn_inner" + (i + 1) + ".");
      map.put("backbone.fpn.layer_blocks." + i + ".", "backbone.fpn.fpn_layer" + (i + 1) + ".");
    }
    map.put("roi_heads.mask_head.", "roi_heads.mask.feature_extractor.");
    map.put("rpn.head.conv.0.0.", "rpn.head.conv.");
    map.put("roi_heads.box_head.", "roi_heads.box.feature_extractor.");
    map.put("roi_heads.box_predictor.", "roi_heads.box.predictor.");
    map.put("roi_heads.mask_predictor.", "roi_heads.mask.predictor.");
    return map;
  }

  /** Whether names are those of torchvision's detectors. */
  public static boolean fit(Set<String> names) {
    return names.contains("backbone.body.conv1.weight")
        && names.stream().anyMatch(name -> name.startsWith("backbone.fpn.inner_blocks."));
  }

  /** The original's name of a torchvision parameter; other names stay as they are. */
  public static String toOriginal(String torchvision) {
    for (Map.Entry<String, String> e : PREFIXES.entrySet()) {
      if (torchvision.startsWith(e.getKey())) {
        return e.getValue() + torchvision.substring(e.getKey().length());
      }
    }
    return torchvision;
  }
}
