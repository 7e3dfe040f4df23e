package dev.maskrcnn.detection.weights;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Weights of Detectron (Caffe2): a pickled dict of numpy arrays, perhaps under {@code blobs}. Names
 * become those of maskrcnn-benchmark's models without their prefixes, so that the longest match of
 * the end finds its place; momenta are left out.
 */
final class Caffe2Weights {
  private static final Pattern BLOCK =
      Pattern.compile("res(\\d)_(\\d+)_branch(1|2a|2b|2c)_(w|bn_s|bn_b|gn_s|gn_b)");
  private static final Pattern PYRAMID =
      Pattern.compile("fpn_(inner_)?res(\\d)_\\d+_sum(?:_lateral)?_(w|b)");
  private static final Pattern RPN =
      Pattern.compile("(conv_rpn|rpn_cls_logits|rpn_bbox_pred)(?:_fpn2)?_(w|b)");
  private static final Pattern PLAIN = Pattern.compile("(?:_\\[mask\\]_(fcn\\d)|(\\w+?))_(w|b)");
  private static final Pattern STEM = Pattern.compile("(?:res_)?conv1_(w|bn_s|bn_b|gn_s|gn_b)");

  private Caffe2Weights() {}

  /** Whether names are Detectron's. */
  static boolean fit(Set<String> names) {
    return names.stream().anyMatch(name -> rename(name).isPresent());
  }

  /** Whether a blob is left out. */
  static boolean isMomentum(String blob) {
    return blob.contains("_momentum");
  }

  /** {@code res2_0_branch2a_w} → {@code layer1.0.conv1.weight}; empty if the name is unknown. */
  static Optional<String> rename(String blob) {
    Matcher m = STEM.matcher(blob);
    if (m.matches()) {
      return Optional.of((m.group(1).equals("w") ? "conv1" : "bn1") + suffix(m.group(1)));
    }
    m = BLOCK.matcher(blob);
    if (m.matches()) {
      String place = "layer" + (Integer.parseInt(m.group(1)) - 1) + "." + m.group(2) + ".";
      return Optional.of(place + part(m.group(3), m.group(4).equals("w")) + suffix(m.group(4)));
    }
    m = PYRAMID.matcher(blob);
    if (m.matches()) {
      String part = m.group(1) == null ? "fpn_layer" : "fpn_inner";
      return Optional.of(part + (Integer.parseInt(m.group(2)) - 1) + suffix(m.group(3)));
    }
    m = RPN.matcher(blob);
    if (m.matches()) {
      String part = m.group(1).equals("conv_rpn") ? "conv" : m.group(1).substring("rpn_".length());
      return Optional.of("rpn.head." + part + suffix(m.group(2)));
    }
    m = PLAIN.matcher(blob);
    if (m.matches()) {
      String part = m.group(1) != null ? "mask_" + m.group(1) : m.group(2);
      return Optional.of(part + suffix(m.group(3)));
    }
    return Optional.empty();
  }

  private static String part(String branch, boolean weight) {
    if (branch.equals("1")) {
      return weight ? "downsample.0" : "downsample.1";
    }
    return (weight ? "conv" : "bn") + (branch.charAt(1) - 'a' + 1);
  }

  private static String suffix(String kind) {
    return kind.endsWith("b") ? ".bias" : ".weight";
  }
}
