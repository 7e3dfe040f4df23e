package dev.maskrcnn.detection.config;

import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.reader.ReaderException;

/**
 * A YAML 1.1 file as nodes with line numbers, and scalars as PyYAML and yacs read them.
 *
 * <p>Works on nodes rather than on objects: the line of each key is needed for messages, and the
 * scalar rules (octal and sexagesimal numbers, {@code yes} for true, Python tuples in plain
 * strings) are those of PyYAML.
 */
final class YamlTree {
  private static final int DEEPEST = 60;

  /** Nodes that one value or section may stand for; the longest real ones have dozens. */
  private static final int MOST_NODES = 100_000;

  private YamlTree() {}

  /** Aliases of aliases let a short text stand for billions of nodes, so visits are counted. */
  private static final class Visits {
    private final String file;
    private int left = MOST_NODES;

    Visits(String file) {
      this.file = file;
    }

    void count(Node node, int depth) {
      checkDepth(node, file, depth);
      if (--left < 0) {
        throw new ConfigException(
            "%s:%s: stands for more than %s nodes, through aliases"
                .formatted(file, line(node), MOST_NODES));
      }
    }
  }

  /** A key with its node. */
  record Item(String key, Node value, int line) {}

  /** Text of a file. */
  static String text(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (NoSuchFileException e) {
      throw new ConfigException(file + ": no such file", e);
    } catch (CharacterCodingException e) {
      throw new ConfigException(file + ": not text in UTF-8", e);
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot read, " + FileFailure.reason(e), e);
    }
  }

  /**
   * The mapping at the top of a document.
   *
   * @return empty for an empty document
   */
  static Optional<MappingNode> root(String text, String file) {
    Node root;
    try {
      root = new Yaml(new SafeConstructor(new LoaderOptions())).compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
      String problem = e.getProblem() == null ? e.getContext() : e.getProblem();
      throw new ConfigException(file + ":" + line + ": not valid YAML, " + oneLine(problem), e);
    } catch (ReaderException e) {
      long line = 1 + text.codePoints().limit(e.getPosition()).filter(c -> c == '\n').count();
      String problem =
          String.format(Locale.ROOT, "character U+%04X is not allowed", e.getCodePoint());
      throw new ConfigException(file + ":" + line + ": not valid YAML, " + problem, e);
    } catch (YAMLException e) {
      throw new ConfigException(file + ": not valid YAML, " + oneLine(e.getMessage()), e);
    }
    if (root == null || root.getTag().equals(Tag.NULL)) {
      return Optional.empty();
    }
    if (root instanceof MappingNode mapping) {
      return Optional.of(mapping);
    }
    throw new ConfigException(
        file + ":" + line(root) + ": expected sections like \"SOLVER:\", got " + kind(root));
  }

  private static String oneLine(String message) {
    return message == null ? "unreadable" : message.replaceAll("\\s*\\R\\s*", " ");
  }

  static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }

  /** What a node is, for messages. */
  static String kind(Node node) {
    if (node instanceof MappingNode) {
      return "a section";
    }
    return node instanceof SequenceNode ? "a list" : "\"" + ((ScalarNode) node).getValue() + "\"";
  }

  /** Keys of a mapping in order; those of a merge key {@code <<} come first and are overridden. */
  static List<Item> items(MappingNode mapping, String file) {
    List<Item> items = new ArrayList<>();
    addItems(mapping, new Visits(file), items, 0);
    return items;
  }

  private static void addItems(MappingNode mapping, Visits visits, List<Item> items, int depth) {
    visits.count(mapping, depth);
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode().getTag().equals(Tag.MERGE)) {
        addMerged(tuple.getValueNode(), visits, items, depth);
      }
    }
    for (NodeTuple tuple : mapping.getValue()) {
      Node key = tuple.getKeyNode();
      if (!key.getTag().equals(Tag.MERGE)) {
        if (!(key instanceof ScalarNode scalar)) {
          throw new ConfigException(
              visits.file + ":" + line(key) + ": a key must be a name, got " + kind(key));
        }
        items.add(new Item(scalar.getValue(), tuple.getValueNode(), line(key)));
      }
    }
  }

  private static void addMerged(Node value, Visits visits, List<Item> items, int depth) {
    List<Node> sources =
        value instanceof SequenceNode sequence ? sequence.getValue() : List.of(value);
    for (Node source : sources) {
      if (!(source instanceof MappingNode mapping)) {
        throw new ConfigException(
            visits.file + ":" + line(source) + ": << needs a section, got " + kind(source));
      }
      addItems(mapping, visits, items, depth + 1);
    }
  }

  /** An alias may point to what it is part of. */
  static void checkDepth(Node node, String file, int depth) {
    if (depth > DEEPEST) {
      throw new ConfigException(file + ":" + line(node) + ": nested too deeply");
    }
  }

  /**
   * The value of a scalar or list: as {@link PythonLiteral#parse} gives it. Strings of the top
   * level are Python literals; strings in lists are not.
   */
  static Object value(Node node, String file) {
    Object value = plain(node, new Visits(file), 0);
    return value instanceof String text ? PythonLiteral.parse(text) : value;
  }

  private static Object plain(Node node, Visits visits, int depth) {
    visits.count(node, depth);
    if (node instanceof SequenceNode sequence) {
      List<Object> list = new ArrayList<>();
      for (Node element : sequence.getValue()) {
        list.add(plain(element, visits, depth + 1));
      }
      return list;
    }
    if (!(node instanceof ScalarNode scalar)) {
      throw new ConfigException(
          visits.file + ":" + line(node) + ": expected a value, got a section");
    }
    return scalar(scalar, visits.file);
  }

  private static Object scalar(ScalarNode scalar, String file) {
    Tag tag = scalar.getTag();
    String text = scalar.getValue();
    try {
      if (tag.equals(Tag.STR) || tag.equals(Tag.TIMESTAMP)) {
        return text;
      } else if (tag.equals(Tag.NULL)) {
        return null;
      } else if (tag.equals(Tag.BOOL)) {
        return bool(text.toLowerCase(Locale.ROOT));
      } else if (tag.equals(Tag.INT)) {
        return integer(text);
      } else if (tag.equals(Tag.FLOAT)) {
        return number(text);
      }
    } catch (NumberFormatException e) {
      throw new ConfigException(
          "%s:%s: not a number, got \"%s\"".formatted(file, line(scalar), text), e);
    }
    throw new ConfigException(
        "%s:%s: unsupported YAML tag %s".formatted(file, line(scalar), oneLine(tag.getValue())));
  }

  private static boolean bool(String word) {
    return switch (word) {
      case "yes", "true", "on" -> true;
      case "no", "false", "off" -> false;
      default -> throw new NumberFormatException(word);
    };
  }

  private static Object integer(String text) {
    String digits = text.replace("_", "");
    boolean negative = digits.startsWith("-");
    digits = negative || digits.startsWith("+") ? digits.substring(1) : digits;
    BigInteger value;
    if (digits.startsWith("0b")) {
      value = new BigInteger(digits.substring(2), 2);
    } else if (digits.startsWith("0x")) {
      value = new BigInteger(digits.substring(2), 16);
    } else if (digits.contains(":")) {
      value = BigInteger.ZERO;
      for (String part : digits.split(":")) {
        value = value.multiply(BigInteger.valueOf(60)).add(new BigInteger(part));
      }
    } else {
      value = new BigInteger(digits, digits.length() > 1 && digits.startsWith("0") ? 8 : 10);
    }
    return PythonLiteral.narrowed(negative ? value.negate() : value);
  }

  private static double number(String text) {
    String digits = text.replace("_", "").toLowerCase(Locale.ROOT);
    boolean negative = digits.startsWith("-");
    digits = negative || digits.startsWith("+") ? digits.substring(1) : digits;
    double value = 0;
    if (digits.equals(".inf")) {
      value = Double.POSITIVE_INFINITY;
    } else if (digits.equals(".nan")) {
      value = Double.NaN;
    } else {
      for (String part : digits.split(":")) {
        value = value * 60 + Double.parseDouble(part);
      }
    }
    return negative ? -value : value;
  }
}
