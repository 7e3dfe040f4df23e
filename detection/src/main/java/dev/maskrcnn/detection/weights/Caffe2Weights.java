package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.weights.PickleValue.Made;
import dev.maskrcnn.tensor.io.HostTensor;
import dev.maskrcnn.tensor.io.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Weights of Detectron (Caffe2): a pickled dict of numpy arrays, perhaps under {@code blobs}. Names
 * become those of maskrcnn-benchmark's models without their prefixes, so that the longest match of
 * the end finds its place; momenta are left out.
 */
final class Caffe2Weights {
  private static final Map<String, TensorType> TYPES =
      Map.of(
          "f4", TensorType.F32,
          "f8", TensorType.F64,
          "f2", TensorType.F16,
          "i8", TensorType.I64,
          "i4", TensorType.I32,
          "i2", TensorType.I16,
          "i1", TensorType.I8,
          "u1", TensorType.U8,
          "b1", TensorType.BOOL);

  private static final Pattern BLOCK =
      Pattern.compile("res(\\d)_(\\d+)_branch(1|2a|2b|2c)_(w|bn_s|bn_b|gn_s|gn_b)");
  private static final Pattern PYRAMID =
      Pattern.compile("fpn_(inner_)?res(\\d)_\\d+_sum(?:_lateral)?_(w|b)");
  private static final Pattern RPN =
      Pattern.compile("(conv_rpn|rpn_cls_logits|rpn_bbox_pred)(?:_fpn2)?_(w|b)");
  private static final Pattern PLAIN = Pattern.compile("(?:_\\[mask\\]_(fcn\\d)|(\\w+?))_(w|b)");
  private static final Pattern STEM = Pattern.compile("(?:res_)?conv1_(w|bn_s|bn_b|gn_s|gn_b)");

  private Caffe2Weights() {}

  /** Whether a pickle looks like such a file. */
  static boolean fits(Object value) {
    return value instanceof Map<?, ?> map
        && (map.get("blobs") instanceof Map<?, ?>
            || map.values().stream().anyMatch(v -> v instanceof Made m && isArray(m)));
  }

  private static boolean isArray(Made made) {
    return made.callee.name().equals("_reconstruct");
  }

  /** The tensors, under the names of the model. */
  static Map<String, HostTensor> tensors(Object value) {
    Map<?, ?> all = (Map<?, ?>) value;
    Map<?, ?> blobs = all.get("blobs") instanceof Map<?, ?> inner ? inner : all;
    Map<String, HostTensor> out = new LinkedHashMap<>();
    blobs.forEach(
        (key, blob) -> {
          String name = String.valueOf(key);
          if (!name.contains("_momentum") && blob instanceof Made made && isArray(made)) {
            out.put(rename(name).orElse(name), array(name, made));
          }
        });
    return out;
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

  /** State of a numpy array: version, shape, type, whether column-major, bytes. */
  private static HostTensor array(String name, Made made) {
    if (!(made.state instanceof List<?> state)
        || state.size() < 5
        || !(state.get(1) instanceof List<?> extents)
        || !(state.get(2) instanceof Made dtype)) {
      throw new PickleException("blob " + name + " is no numpy array");
    }
    long[] shape = new long[extents.size()];
    for (int i = 0; i < shape.length; i++) {
      if (!(extents.get(i) instanceof Long n)) {
        throw new PickleException("blob " + name + " has no shape");
      }
      shape[i] = n;
    }
    ByteBuffer data = ByteBuffer.wrap(bytes(name, state.get(4))).order(ByteOrder.LITTLE_ENDIAN);
    boolean columns = Boolean.TRUE.equals(state.get(3)) || Long.valueOf(1).equals(state.get(3));
    long[] strides = columns ? StoredTensor.fortran(shape) : StoredTensor.dense(shape);
    return new StoredTensor(type(name, dtype), 0, shape, strides).in(data);
  }

  private static TensorType type(String name, Made dtype) {
    String code = dtype.arguments.isEmpty() ? "" : String.valueOf(dtype.arguments.get(0));
    TensorType type = TYPES.get(code);
    boolean big =
        dtype.state instanceof List<?> state && state.size() > 1 && ">".equals(state.get(1));
    if (type == null || big) {
      throw new PickleException(
          "blob %s is of numpy type %s%s, which is not known"
              .formatted(name, big ? ">" : "", code));
    }
    return type;
  }

  /** Python 3 writes bytes as a call of {@code _codecs.encode} on Latin-1 text. */
  private static byte[] bytes(String name, Object value) {
    if (value instanceof byte[] bytes) {
      return bytes;
    }
    if (value instanceof String text) {
      return text.getBytes(StandardCharsets.ISO_8859_1);
    }
    if (value instanceof Made made
        && made.callee.is("_codecs.encode")
        && !made.arguments.isEmpty()
        && made.arguments.get(0) instanceof String text) {
      return text.getBytes(StandardCharsets.ISO_8859_1);
    }
    throw new PickleException("blob " + name + " has no data");
  }
}
