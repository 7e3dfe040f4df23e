package dev.maskrcnn.detection.config;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keys of configuration files that this program does not train models of: they are named for what
 * they are instead of being called unknown. Facebook's version writes many of them into every file;
 * what is switched off there is skipped.
 */
final class OtherSystems {
  /** What a switch turns on; as long as it is off, its section has no effect. */
  private static final Map<String, String> SWITCHES =
      Map.of(
          "MODEL.RETINANET_ON", "RetinaNet",
          "MODEL.KEYPOINT_ON", "Keypoint R-CNN",
          "MODEL.RESNETS.STAGE_WITH_DCN", "deformable convolutions",
          "MODEL.RESNETS.WITH_MODULATED_DCN", "deformable convolutions");

  /** Sections and keys that only matter to what is switched off. */
  private static final List<String> IDLE =
      List.of(
          "MODEL.RETINANET.",
          "MODEL.ROI_KEYPOINT_HEAD.",
          "MODEL.FBNET.",
          "MODEL.RESNETS.DEFORMABLE_GROUPS");

  private static final Set<String> DETECTRON2 =
      Set.of(
          "VERSION",
          "CUDNN_BENCHMARK",
          "VIS_PERIOD",
          "SEED",
          "GLOBAL",
          "MODEL.ANCHOR_GENERATOR",
          "MODEL.PROPOSAL_GENERATOR",
          "MODEL.PIXEL_MEAN",
          "MODEL.PIXEL_STD",
          "MODEL.LOAD_PROPOSALS",
          "MODEL.RESNETS.DEPTH",
          "MODEL.RESNETS.OUT_FEATURES",
          "MODEL.ROI_HEADS.NAME",
          "INPUT.FORMAT",
          "INPUT.MASK_FORMAT",
          "INPUT.CROP");

  private OtherSystems() {}

  /**
   * Whether a key may be skipped because what it sets is switched off.
   *
   * @param value Boolean, number, text, list, or anything else for a section
   * @throws ConfigException if the key belongs to another system, which is named
   */
  static boolean skips(String key, Object value, ConfigOrigin origin) {
    String what = SWITCHES.get(key);
    if (what != null) {
      boolean on = value instanceof List<?> stages ? stages.contains(true) : !isFalse(value);
      if (on) {
        throw new ConfigException(
            "%s: %s asks for %s, which this program does not have; it trains Mask R-CNN, Faster"
                    .formatted(key, origin, what)
                + " R-CNN and RPN on ResNet and ResNeXt");
      }
      return true;
    }
    if (origin.kind() == ConfigOrigin.Kind.FILE && DETECTRON2.contains(key)) {
      throw new ConfigException(
          "%s: %s is written for detectron2, whose settings have other names; take a built-in"
                  .formatted(key, origin)
              + " recipe with MODEL.CONVENTIONS detectron2 and see the keys with config keys");
    }
    return IDLE.stream().anyMatch((key + ".")::startsWith);
  }

  private static boolean isFalse(Object value) {
    return Boolean.FALSE.equals(value) || "false".equalsIgnoreCase(String.valueOf(value));
  }
}
