package dev.maskrcnn.detection.config;

import dev.maskrcnn.detection.config.ConfigKey.Type;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Fits values to the types of their keys.
 *
 * <p>The rules are those of yacs: the type must be that of the default, a tuple may stand for a
 * list and a list for a tuple, and {@code None} fits everywhere. Three mistakes that the original's
 * own documentation makes are understood on top: an int for a float (and a whole float for an int),
 * {@code true} and {@code false}, and parentheses around one element, {@code ("name")}.
 */
final class ConfigValues {
  private ConfigValues() {}

  /**
   * The value for a key.
   *
   * @param raw null, a Boolean, Long, BigInteger, Double, String or List, as {@link PythonLiteral}
   *     gives them
   * @param text what was written, or null
   * @throws ConfigException if it does not fit
   */
  static Object fitted(ConfigKey key, Object raw, String text, ConfigOrigin origin) {
    if (raw == null) {
      return null;
    }
    Object value =
        fitted(key.type(), raw, text)
            .orElseThrow(() -> new ConfigException(complaint(key, raw, origin)));
    if (!key.range().holds(value)) {
      throw new ConfigException(
          "%s: got %s in %s, expected %s"
              .formatted(key, ConfigKey.literal(value), origin, key.range().words()));
    }
    return value;
  }

  private static Optional<Object> fitted(Type type, Object raw, String text) {
    return switch (type) {
      case INTEGER -> integer(raw);
      case CHOICE ->
          integer(raw).or(() -> sequence(raw, text).flatMap(list -> elements(Type.INTEGER, list)));
      case NUMBER ->
          raw instanceof Number n && !(raw instanceof BigInteger)
              ? Optional.of(n.doubleValue())
              : Optional.empty();
      case FLAG -> flag(raw);
      case TEXT -> raw instanceof String ? Optional.of(raw) : Optional.empty();
      case ITEMS -> sequence(raw, text).map(ConfigValues::frozen);
      case INTEGERS, NUMBERS, NUMBER_LIST, TEXTS ->
          sequence(raw, text).flatMap(list -> elements(type.element(), list));
    };
  }

  private static Optional<Object> integer(Object raw) {
    if (raw instanceof Long || raw instanceof Double) {
      double value = ((Number) raw).doubleValue();
      if (value == (int) value) {
        return Optional.of((int) value);
      }
    }
    return Optional.empty();
  }

  private static Optional<Object> flag(Object raw) {
    if (raw instanceof Boolean) {
      return Optional.of(raw);
    }
    if ("true".equals(raw) || "TRUE".equals(raw)) {
      return Optional.of(true);
    }
    return "false".equals(raw) || "FALSE".equals(raw) ? Optional.of(false) : Optional.empty();
  }

  private static Optional<List<?>> sequence(Object raw, String text) {
    if (raw instanceof List<?> list) {
      return Optional.of(list);
    }
    String trimmed = text == null ? "" : text.trim();
    return trimmed.startsWith("(") && trimmed.endsWith(")") && !raw.equals(text)
        ? Optional.of(List.of(raw))
        : Optional.empty();
  }

  private static Optional<Object> elements(Type type, List<?> raw) {
    List<Object> out = new ArrayList<>();
    for (Object element : raw) {
      Optional<Object> fitting = element == null ? Optional.empty() : fitted(type, element, null);
      if (fitting.isEmpty()) {
        return Optional.empty();
      }
      out.add(fitting.get());
    }
    return Optional.of(Collections.unmodifiableList(out));
  }

  private static Object frozen(List<?> list) {
    List<Object> out = new ArrayList<>();
    for (Object element : list) {
      out.add(element instanceof List<?> nested ? frozen(nested) : element);
    }
    return Collections.unmodifiableList(out);
  }

  private static String complaint(ConfigKey key, Object raw, ConfigOrigin origin) {
    return "%s: wrong type in %s, got %s, expected %s; %s"
        .formatted(key, origin, described(raw), key.type().words(), advice(key, raw));
  }

  private static String advice(ConfigKey key, Object raw) {
    if (raw instanceof String s && s.matches(".*[\u2018\u2019\u201c\u201d].*")) {
      return "the quotes are typographic, use straight ones";
    }
    if (raw instanceof BigInteger || raw instanceof Long && key.type() == Type.INTEGER) {
      return "it must fit into 32 bits";
    }
    if (key.type() == Type.TEXT && !(raw instanceof List)) {
      return "quote it twice: \"'%s'\"".formatted(PythonRepr.of(raw, false));
    }
    Object example = key.type().isSequence() ? key.initial() : key.type().example();
    if (example.equals(List.of())) {
      example = key.type().example();
    }
    return "write for example " + PythonRepr.of(example, key.type().isList());
  }

  /** Python's name of the type and the value, shortened. */
  static String described(Object raw) {
    String type =
        raw instanceof Boolean
            ? "bool"
            : raw instanceof Long || raw instanceof BigInteger
                ? "int"
                : raw instanceof Double ? "float" : raw instanceof String ? "str" : "tuple";
    String value = PythonRepr.of(raw, false);
    return type + " " + (value.length() <= 80 ? value : value.substring(0, 80) + "...");
  }
}
