package dev.maskrcnn.detection.config;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.resolver.Resolver;

/** Prints a configuration as yacs does, quoting where reading back needs it. */
final class YamlText {
  /** Characters of a scalar that needs no quotes, if no colon or space ends a word of it. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./(][A-Za-z0-9_./()', =:+-]*");

  private YamlText() {}

  /**
   * Nested sections with two spaces of indentation, sorted by name.
   *
   * @param values sorted by full name
   * @param keys the key of a full name
   */
  static String of(Map<String, Object> values, Function<String, ConfigKey> keys) {
    StringBuilder out = new StringBuilder();
    section("", values, keys, out);
    return out.toString();
  }

  private static void section(
      String prefix,
      Map<String, Object> values,
      Function<String, ConfigKey> keys,
      StringBuilder out) {
    List<String> children =
        values.keySet().stream()
            .filter(name -> name.startsWith(prefix))
            .map(name -> name.substring(prefix.length()).replaceFirst("\\..*", ""))
            .distinct()
            .sorted()
            .toList();
    String indent = "  ".repeat((int) prefix.chars().filter(c -> c == '.').count());
    for (String child : children) {
      String name = prefix + child;
      out.append(indent).append(child).append(':');
      if (values.containsKey(name)) {
        out.append(' ').append(value(values.get(name), keys.apply(name))).append('\n');
      } else {
        out.append('\n');
        section(name + ".", values, keys, out);
      }
    }
  }

  private static String value(Object value, ConfigKey key) {
    if (value instanceof String text) {
      return text(text);
    }
    if (value instanceof Double number) {
      return number(number);
    }
    if (value instanceof List<?> list && key.type() != ConfigKey.Type.ITEMS) {
      return sequence(list, key.type().isList());
    }
    String python = PythonRepr.of(value, key.type().isList());
    // A list of anything goes as one Python literal, so that tuples inside it are not YAML's.
    return value instanceof List<?> list && !list.isEmpty() ? scalar(python) : python;
  }

  /** YAML has its own words for what Python has no literal for. */
  private static String number(double number) {
    if (Double.isNaN(number)) {
      return ".nan";
    }
    return Double.isInfinite(number)
        ? (number > 0 ? ".inf" : "-.inf")
        : PythonRepr.of(number, false);
  }

  private static String sequence(List<?> list, boolean asList) {
    boolean flow =
        list.stream().anyMatch(e -> e instanceof Double number && !Double.isFinite(number));
    if (flow) {
      return list.stream().map(e -> number((Double) e)).collect(Collectors.joining(", ", "[", "]"));
    }
    String python = PythonRepr.of(list, asList);
    // In a YAML list PyYAML takes 1e-05 for a string, so such a list goes as one Python literal.
    return asList && !python.contains("e") ? python : scalar(python);
  }

  /** A string, so that Python's literals inside it are not evaluated. */
  private static String text(String text) {
    boolean literal = !text.equals(PythonLiteral.parse(text));
    return scalar(literal ? PythonRepr.quoted(text) : text);
  }

  /** A YAML scalar with exactly this text. */
  private static String scalar(String text) {
    boolean plain =
        PLAIN.matcher(text).matches()
            && !text.contains(": ")
            && !text.endsWith(":")
            && !text.endsWith(" ")
            && isString(text);
    return plain ? text : doubleQuoted(text);
  }

  private static boolean isString(String text) {
    Tag tag = new Resolver().resolve(NodeId.scalar, text, true);
    return tag.equals(Tag.STR);
  }

  private static String doubleQuoted(String text) {
    String python = PythonRepr.quoted(text);
    String inside = python.substring(1, python.length() - 1);
    // Python escapes its own quote; YAML knows \" but not \'.
    return '"'
        + (python.charAt(0) == '"' ? inside : inside.replace("\\'", "'").replace("\"", "\\\""))
        + '"';
  }
}
