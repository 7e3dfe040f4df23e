package dev.maskrcnn.detection.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A leaf of the configuration tree.
 *
 * @param name full dotted name
 * @param type what its values are
 * @param initial default value: an {@code Integer}, {@code Double}, {@code Boolean}, {@code String}
 *     or an unmodifiable {@code List} of one of these
 * @param meaning one line for people
 * @param range what makes sense whatever the other keys say
 */
public record ConfigKey(String name, Type type, Object initial, String meaning, ConfigRange range) {

  ConfigKey(String name, Type type, Object initial, String meaning) {
    this(name, type, initial, meaning, ConfigRange.ANY);
  }

  /** The same key with a range. */
  ConfigKey in(ConfigRange only) {
    return new ConfigKey(name, type, initial, meaning, only);
  }

  /**
   * Types of values. Sequences print as Python tuples, or as lists where the original has lists.
   */
  public enum Type {
    /** A whole number of 32 bits. */
    INTEGER("an int", 7),
    /** A double. */
    NUMBER("a float", 0.5),
    /** True or False. */
    FLAG("True or False", true),
    /** A string. */
    TEXT("a string", "name"),
    /** A whole number, or a tuple of them to choose from. */
    CHOICE("an int or a tuple of ints", 7),
    /** Tuple of whole numbers. */
    INTEGERS("a tuple of ints", List.of(7)),
    /** Tuple of numbers. */
    NUMBERS("a tuple of floats", List.of(0.5)),
    /** List of numbers. */
    NUMBER_LIST("a list of floats", List.of(0.5, 1.0)),
    /** Tuple of strings. */
    TEXTS("a tuple of strings", List.of("name")),
    /** List of anything, nested. */
    ITEMS("a list", List.of());

    private final String words;
    private final Object example;

    Type(String words, Object example) {
      this.words = words;
      this.example = example;
    }

    /** The type in a message. */
    String words() {
      return words;
    }

    /** Some value of the type, to show how it is written. */
    Object example() {
      return example;
    }

    boolean isSequence() {
      return ordinal() >= INTEGERS.ordinal();
    }

    /** Whether the original holds a list rather than a tuple. */
    boolean isList() {
      return this == NUMBER_LIST || this == ITEMS;
    }

    /** Type of the elements of a sequence. */
    Type element() {
      return switch (this) {
        case INTEGERS -> INTEGER;
        case NUMBERS, NUMBER_LIST -> NUMBER;
        case TEXTS -> TEXT;
        default -> throw new IllegalArgumentException(this + ": has no element type");
      };
    }
  }

  /** A value as it is written on the command line. */
  public static String literal(Object value) {
    if (value instanceof List<?> list) {
      String inner = list.stream().map(ConfigKey::literal).collect(Collectors.joining(", "));
      return list.size() == 1 ? "(" + inner + ",)" : "(" + inner + ")";
    }
    if (value instanceof Boolean flag) {
      return flag ? "True" : "False";
    }
    return value instanceof String text ? '"' + text + '"' : String.valueOf(value);
  }

  @Override
  public String toString() {
    return name;
  }
}
