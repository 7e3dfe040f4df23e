package dev.maskrcnn.detection.config;

/**
 * Where a value was set.
 *
 * @param kind sort of place
 * @param where {@code file:line} for {@link Kind#FILE}, else a fixed phrase
 */
public record ConfigOrigin(Kind kind, String where) {

  /** Sorts of places, from weakest to strongest. */
  public enum Kind {
    /** The table of defaults. */
    DEFAULT,
    /** A YAML file or built-in recipe. */
    FILE,
    /** A {@code KEY VALUE} pair. */
    COMMAND_LINE,
    /** {@link Config#with}. */
    CODE
  }

  static final ConfigOrigin DEFAULT = new ConfigOrigin(Kind.DEFAULT, "default");
  static final ConfigOrigin COMMAND_LINE = new ConfigOrigin(Kind.COMMAND_LINE, "command line");
  static final ConfigOrigin CODE = new ConfigOrigin(Kind.CODE, "code");

  static ConfigOrigin file(String name, int line) {
    return new ConfigOrigin(Kind.FILE, name + ":" + line);
  }

  @Override
  public String toString() {
    return where;
  }
}
