package dev.maskrcnn.detection.config;

import dev.maskrcnn.detection.config.ConfigKey.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * All settings of a run: an immutable map from the 113 keys of maskrcnn-benchmark (NVIDIA's
 * version), and a few more, to typed values.
 *
 * <p>Start from {@link #defaults}, merge files and {@code KEY VALUE} pairs in the order in which
 * they override each other, and read values with the accessor of the key's type:
 *
 * <pre>{@code
 * Config cfg = BuiltinConfigs.load("e2e_mask_rcnn_R_50_FPN_1x")
 *     .merge(List.of("SOLVER.BASE_LR", "0.02", "DATASETS.TEST", "(\"coco_2017_val\",)"));
 * double rate = cfg.number("SOLVER.BASE_LR");
 * }</pre>
 *
 * <p>Values are read by the rules of yacs 0.1.8, with which the original reads them: text is a
 * Python literal if it can be, its type must be that of the default, tuples and lists stand for
 * each other, {@code None} fits everywhere. On top, an int will do for a float and a whole float
 * for an int, {@code true} and {@code false} for flags, and {@code ("name")} for a tuple of one.
 * Every value knows its {@link #origin}. Two configurations are equal if their values are.
 */
public final class Config {

  /** A value and where it came from; the value is null for {@code None}. */
  private record Setting(Object value, ConfigOrigin origin) {}

  private final Map<String, Setting> settings;

  private Config(Map<String, Setting> settings) {
    this.settings = settings;
  }

  /** Every key at its default. */
  public static Config defaults() {
    Map<String, Setting> settings = new TreeMap<>();
    for (ConfigKey key : ConfigKeys.all()) {
      settings.put(key.name(), new Setting(key.initial(), ConfigOrigin.DEFAULT));
    }
    return new Config(settings);
  }

  /** All keys with type, default and meaning, sorted by name. */
  public static Collection<ConfigKey> keys() {
    return ConfigKeys.all();
  }

  /**
   * This configuration with the values of a YAML file.
   *
   * @throws ConfigException if the file is missing or wrong; the message names file and line
   */
  public Config merge(Path yaml) {
    return mergeYaml(YamlTree.text(yaml), yaml.toString());
  }

  /**
   * This configuration with the values of a YAML text.
   *
   * @param origin what to call the text in messages and origins
   * @throws ConfigException if the text is wrong
   */
  public Config mergeYaml(String text, String origin) {
    Map<String, Setting> merged = new TreeMap<>(settings);
    YamlTree.root(text, origin).ifPresent(root -> addSection("", root, origin, merged));
    return new Config(merged);
  }

  private static void addSection(
      String prefix, MappingNode section, String file, Map<String, Setting> merged) {
    for (YamlTree.Item item : YamlTree.items(section, file)) {
      String name = prefix + item.key();
      ConfigOrigin origin = ConfigOrigin.file(file, item.line());
      ConfigKey key = ConfigKeys.find(name);
      if (key != null) {
        if (item.value() instanceof MappingNode) {
          throw new ConfigException(
              "%s: wrong type in %s, got a section, expected %s"
                  .formatted(name, origin, key.type().words()));
        }
        Object raw = YamlTree.value(item.value(), file);
        String text = item.value() instanceof ScalarNode s ? s.getValue() : null;
        merged.put(key.name(), new Setting(ConfigValues.fitted(key, raw, text, origin), origin));
      } else if (!ConfigKeys.isSection(name)) {
        Object raw = item.value() instanceof MappingNode ? "" : YamlTree.value(item.value(), file);
        if (!OtherSystems.skips(name, raw, origin)) {
          throw unknown(name, origin);
        }
      } else if (item.value() instanceof MappingNode inner) {
        addSection(name + ".", inner, file, merged);
      } else {
        throw new ConfigException(
            "%s: this is a section in %s, got %s, expected indented keys; use {} for none"
                .formatted(name, origin, YamlTree.kind(item.value())));
      }
    }
  }

  /**
   * This configuration with {@code KEY VALUE KEY VALUE ...} as given on a command line. Later pairs
   * win.
   *
   * @throws ConfigException if a key is unknown, a value does not fit or the last key has no value
   */
  public Config merge(List<String> keyValuePairs) {
    if (keyValuePairs.size() % 2 != 0) {
      String last = keyValuePairs.get(keyValuePairs.size() - 1);
      throw new ConfigException(
          "overrides: expected pairs KEY VALUE, got %s words, the last is \"%s\"%s"
              .formatted(
                  keyValuePairs.size(),
                  last,
                  last.contains("=") ? "; write a space instead of =" : ""));
    }
    Map<String, Setting> merged = new TreeMap<>(settings);
    for (int i = 0; i < keyValuePairs.size(); i += 2) {
      ConfigOrigin origin = ConfigOrigin.COMMAND_LINE;
      String text = keyValuePairs.get(i + 1);
      if (OtherSystems.skips(keyValuePairs.get(i), PythonLiteral.parse(text), origin)) {
        continue;
      }
      ConfigKey key = known(keyValuePairs.get(i), origin);
      Object value = ConfigValues.fitted(key, PythonLiteral.parse(text), text, origin);
      merged.put(key.name(), new Setting(value, origin));
    }
    return new Config(merged);
  }

  /**
   * This configuration with one value set by the program.
   *
   * @param value null, a Boolean, number, String, {@code int[]}, {@code double[]} or List; strings
   *     are taken as they are
   * @throws ConfigException if the value does not fit the key
   * @throws IllegalArgumentException if there is no such key
   */
  public Config with(String key, Object value) {
    ConfigKey found = inCode(key);
    Object fitted = ConfigValues.fitted(found, raw(value), null, ConfigOrigin.CODE);
    Map<String, Setting> merged = new TreeMap<>(settings);
    merged.put(found.name(), new Setting(fitted, ConfigOrigin.CODE));
    return new Config(merged);
  }

  /** A Java value as a literal of Python would be. */
  private static Object raw(Object value) {
    if (value instanceof int[] ints) {
      return Arrays.stream(ints).mapToObj(Long::valueOf).toList();
    }
    if (value instanceof double[] doubles) {
      return Arrays.stream(doubles).boxed().toList();
    }
    if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    }
    if (value instanceof Float number) {
      return number.doubleValue();
    }
    if (value instanceof List<?> list) {
      List<Object> out = new ArrayList<>();
      list.forEach(element -> out.add(raw(element)));
      return out;
    }
    return value;
  }

  private static ConfigKey known(String name, ConfigOrigin origin) {
    ConfigKey key = ConfigKeys.find(name);
    if (key == null && ConfigKeys.isSection(name)) {
      throw new ConfigException(
          "%s: this is a section in %s, expected one of its keys, like %s"
              .formatted(name, origin, firstOf(name)));
    }
    if (key == null) {
      throw unknown(name, origin);
    }
    return key;
  }

  private static String firstOf(String section) {
    return ConfigKeys.all().stream()
        .map(ConfigKey::name)
        .filter(name -> name.startsWith(section + "."))
        .findFirst()
        .orElseThrow();
  }

  private static ConfigException unknown(String name, ConfigOrigin origin) {
    String hint =
        name.equals("_BASE_")
            ? "base files are detectron2's; merge several files instead"
            : Closest.question(ConfigKeys.closest(name));
    return new ConfigException("%s: unknown key in %s; %s".formatted(name, origin, hint));
  }

  private static ConfigKey inCode(String name) {
    ConfigKey key = ConfigKeys.find(name);
    if (key == null) {
      throw new IllegalArgumentException(
          name + ": no such key, " + Closest.question(ConfigKeys.closest(name)));
    }
    return key;
  }

  /** A value of a key whose type is one of {@code types}. */
  private Object read(String name, Type... types) {
    ConfigKey key = inCode(name);
    if (!Arrays.asList(types).contains(key.type())) {
      throw new IllegalArgumentException(
          "%s: its values are %s; use another accessor".formatted(name, key.type().words()));
    }
    Setting setting = settings.get(key.name());
    if (setting.value == null) {
      throw new ConfigException(
          "%s: None in %s, but a value is needed, expected %s"
              .formatted(name, setting.origin, key.type().words()));
    }
    return setting.value;
  }

  /**
   * A whole number.
   *
   * @throws ConfigException if it was set to None; so for the other accessors
   * @throws IllegalArgumentException if there is no such key or it has another type; so for the
   *     others
   */
  public int integer(String key) {
    return (Integer) read(key, Type.INTEGER);
  }

  /** A number; whole ones too. */
  public double number(String key) {
    return ((Number) read(key, Type.NUMBER, Type.INTEGER)).doubleValue();
  }

  /** True or false. */
  public boolean flag(String key) {
    return (Boolean) read(key, Type.FLAG);
  }

  /** A string. */
  public String text(String key) {
    return (String) read(key, Type.TEXT);
  }

  /** A tuple of whole numbers, or the one where a key may have either, as a new array. */
  public int[] integers(String key) {
    Object value = read(key, Type.INTEGERS, Type.CHOICE);
    List<?> list = value instanceof List<?> several ? several : List.of(value);
    return list.stream().mapToInt(e -> (Integer) e).toArray();
  }

  /** A tuple or list of numbers, as a new array; whole ones too. */
  public double[] numbers(String key) {
    List<?> list = (List<?>) read(key, Type.NUMBERS, Type.NUMBER_LIST, Type.INTEGERS);
    return list.stream().mapToDouble(e -> ((Number) e).doubleValue()).toArray();
  }

  /** A tuple of strings. */
  public List<String> texts(String key) {
    return ((List<?>) read(key, Type.TEXTS)).stream().map(e -> (String) e).toList();
  }

  /**
   * A list of anything: Boolean, Long, Double, String, null or List of these ({@code
   * TEST.EXPECTED_RESULTS}).
   */
  public List<?> items(String key) {
    return (List<?>) read(key, Type.ITEMS);
  }

  /** The value of any key as an object, null for None; sequences are unmodifiable lists. */
  public Object value(String key) {
    return settings.get(inCode(key).name()).value;
  }

  /** Whether nobody set the value of a key; a value that was given may equal the default. */
  public boolean isDefault(String key) {
    return origin(key).kind() == ConfigOrigin.Kind.DEFAULT;
  }

  /** Where the value of a key was set. */
  public ConfigOrigin origin(String key) {
    return settings.get(inCode(key).name()).origin;
  }

  /**
   * All values as YAML, nested and sorted as yacs prints them. Merging the text into the defaults
   * gives an equal configuration, here and in the original.
   */
  public String toYaml() {
    return yaml(settings.keySet());
  }

  /** The same for the values that differ from their defaults. */
  public String changesToYaml() {
    Config defaults = defaults();
    Map<String, Setting> changed = new LinkedHashMap<>(settings);
    changed.keySet().removeIf(k -> Objects.equals(value(k), defaults.value(k)));
    return yaml(changed.keySet());
  }

  private String yaml(Set<String> names) {
    Map<String, Object> values = new TreeMap<>();
    names.forEach(name -> values.put(name, value(name)));
    return YamlText.of(values, ConfigKeys::find);
  }

  private Map<String, Object> values() {
    Map<String, Object> values = new TreeMap<>();
    settings.forEach((name, setting) -> values.put(name, setting.value));
    return values;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Config that && values().equals(that.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  @Override
  public String toString() {
    return changesToYaml();
  }
}
