package dev.maskrcnn.detection.weights;

import dev.maskrcnn.detection.weights.PickleValue.Made;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The state dict within what a program saved: the whole, or the value of a key such as {@code
 * model} or {@code model_state_dict}.
 *
 * @param key under which it was found, with dots where nested; empty if it is the whole
 * @param entries name to value, tensors among them
 */
record SavedWeights(String key, Map<String, ?> entries) {
  /** Keys that training programs use, in the order of preference. */
  private static final List<String> KEYS =
      List.of(
          "model",
          "state_dict",
          "model_state_dict",
          "model_state",
          "net",
          "network",
          "weights",
          "params",
          "blobs",
          "module",
          "state",
          "ema",
          "model_ema",
          "ema_model",
          "state_dict_ema",
          "ema_state_dict",
          "params_ema");

  private static final int DEEPEST = 4;
  private static final int LISTED = 12;

  /** A dict, also an ordered one; empty for everything else. */
  static Map<String, ?> dict(Object value) {
    if (value instanceof Made made && !PickledTensors.is(made)) {
      return made.entries();
    }
    if (value instanceof Map<?, ?> map) {
      @SuppressWarnings("unchecked") // PickleReader makes no others
      Map<String, ?> dict = (Map<String, ?>) map;
      return dict;
    }
    return Map.of();
  }

  /**
   * Finds the state dict.
   *
   * @throws PickleException if there is none, or several that are equally good
   */
  static SavedWeights in(Object saved) {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Optional<SavedWeights> found = search(saved, "", DEEPEST, seen);
    if (found.isPresent()) {
      return found.get();
    }
    Map<String, ?> root = dict(saved);
    if (root.isEmpty()) {
      throw new PickleException(
          "has no weights that are known: it holds "
              + kind(saved)
              + "; save model.state_dict() with torch.save, not the model itself");
    }
    throw new PickleException(
        "has no weights that are known under %s; its keys: %s"
            .formatted(String.join(", ", KEYS.subList(0, 5)), listed(root)));
  }

  private static Optional<SavedWeights> search(
      Object value, String path, int depth, Set<Object> seen) {
    Map<String, ?> dict = dict(value);
    if (depth == 0 || dict.isEmpty() || !seen.add(value)) {
      return Optional.empty();
    }
    for (String key : KEYS) {
      Optional<SavedWeights> found = search(dict.get(key), path + "." + key, depth - 1, seen);
      if (found.isPresent()) {
        return found;
      }
    }
    List<SavedWeights> others = new ArrayList<>();
    dict.forEach(
        (key, inner) -> {
          if (!key.contains("optim")) {
            search(inner, path + "." + key, depth - 1, seen).ifPresent(others::add);
          }
        });
    long own = tensors(dict);
    if (others.size() == 1 && tensors(others.get(0).entries) > own) {
      return Optional.of(others.get(0));
    }
    return own == 0
        ? Optional.empty()
        : Optional.of(new SavedWeights(path.isEmpty() ? "" : path.substring(1), dict));
  }

  private static long tensors(Map<String, ?> dict) {
    return dict.values().stream().filter(PickledTensors::is).count();
  }

  private static String listed(Map<String, ?> root) {
    String some =
        root.entrySet().stream()
            .limit(LISTED)
            .map(e -> WeightFile.printable(e.getKey()) + " (" + kind(e.getValue()) + ")")
            .collect(Collectors.joining(", "));
    int more = root.size() - LISTED;
    return more > 0 ? some + " and %s more".formatted(more) : some;
  }

  private static String kind(Object value) {
    if (PickledTensors.is(value)) {
      return "a tensor";
    }
    if (value instanceof Made made) {
      return made.entries().isEmpty()
          ? "an object of " + WeightFile.printable(made.callee.toString())
          : "a dict of %s".formatted(made.entries().size());
    }
    if (value instanceof Map<?, ?> map) {
      return "a dict of %s".formatted(map.size());
    }
    if (value instanceof List<?> list) {
      return "a list of %s".formatted(list.size());
    }
    return value instanceof String ? "text" : value instanceof Number ? "a number" : "a value";
  }
}
