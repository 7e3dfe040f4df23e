package dev.maskrcnn.detection.weights;

import dev.maskrcnn.tensor.io.HostTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Prefixes that the wrappers of models give all names: data-parallel training, compilation, moving
 * averages, training programs. There may be several in a row.
 */
final class WrapperPrefixes {
  private static final List<String> KNOWN =
      List.of(
          "module.",
          "model.",
          "_forward_module.",
          "net.",
          "network.",
          "detector.",
          "ema.",
          "ema_model.",
          "student.",
          "teacher.");

  /** Parts that torch.compile and sharded training put before and into names. */
  private static final Pattern WITHIN =
      Pattern.compile(
          "(?:^|(?<=\\.))(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\\.");

  /** The stem of each family; what stands before it is a wrapper, whatever its name. */
  private static final Pattern STEM =
      Pattern.compile(
          "(.+\\.)backbone\\.(body\\.(stem\\.)?conv1|bottom_up\\.stem\\.conv1)\\.weight");

  private WrapperPrefixes() {}

  /** The tensors under names without prefixes; a name that most do not share stays as it is. */
  static Map<String, HostTensor> strip(Map<String, HostTensor> tensors) {
    Map<String, HostTensor> out = renamed(tensors, name -> WITHIN.matcher(name).replaceAll(""));
    while (true) {
      String prefix = prefix(out.keySet());
      Map<String, HostTensor> shorter =
          renamed(out, n -> n.startsWith(prefix) ? n.substring(prefix.length()) : n);
      if (shorter.keySet().equals(out.keySet())) {
        return out;
      }
      out = shorter;
    }
  }

  /** A known prefix of more than half of the names, or what precedes the stem; else empty. */
  private static String prefix(Set<String> names) {
    for (String prefix : KNOWN) {
      if (2 * names.stream().filter(n -> n.startsWith(prefix)).count() > names.size()) {
        return prefix;
      }
    }
    return names.stream()
        .map(STEM::matcher)
        .filter(m -> m.matches() && !names.contains(m.group().substring(m.end(1))))
        .map(m -> m.group(1))
        .findFirst()
        .orElse("");
  }

  /** Two tensors never get the same name: the second keeps its own. */
  private static Map<String, HostTensor> renamed(
      Map<String, HostTensor> tensors, UnaryOperator<String> rename) {
    Map<String, HostTensor> out = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          String other = rename.apply(name);
          boolean taken =
              out.containsKey(other) || !other.equals(name) && tensors.containsKey(other);
          out.put(taken ? name : other, tensor);
        });
    return out;
  }
}
