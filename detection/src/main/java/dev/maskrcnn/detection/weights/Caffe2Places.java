package dev.maskrcnn.detection.weights;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Where in a model the tensors of Detectron belong, whose names have no prefix. */
final class Caffe2Places {
  private static final String SHARED_STAGE = "roi_heads.box.feature_extractor.head.";
  private static final Map<String, String> PLACES = places();

  private Caffe2Places() {}

  private static Map<String, String> places() {
    Map<String, String> map = new LinkedHashMap<>();
    map.put("conv1.", "backbone.body.stem.");
    map.put("bn1.", "backbone.body.stem.");
    map.put("layer", "backbone.body.");
    map.put("fpn_inner", "backbone.fpn.");
    map.put("fpn_layer", "backbone.fpn.");
    map.put("fc6.", "roi_heads.box.feature_extractor.");
    map.put("fc7.", "roi_heads.box.feature_extractor.");
    map.put("cls_score.", "roi_heads.box.predictor.");
    map.put("bbox_pred.", "roi_heads.box.predictor.");
    map.put("mask_fcn_logits.", "roi_heads.mask.predictor.");
    map.put("conv5_mask.", "roi_heads.mask.predictor.");
    map.put("mask_fcn", "roi_heads.mask.feature_extractor.");
    return map;
  }

  /**
   * The full name; names that are not known stay.
   *
   * @param name as {@link Caffe2Weights} gives it
   * @param all names of the file: without a pyramid, the fifth stage of a detector is in its head
   */
  static String of(String name, Set<String> all) {
    boolean detector = all.contains("rpn.head.conv.weight");
    boolean pyramid = all.stream().anyMatch(n -> n.startsWith("fpn_"));
    if (name.startsWith("layer4.") && detector && !pyramid) {
      return SHARED_STAGE + name;
    }
    for (Map.Entry<String, String> e : PLACES.entrySet()) {
      if (name.startsWith(e.getKey())) {
        return e.getValue() + name;
      }
    }
    return name;
  }
}
