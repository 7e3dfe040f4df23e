package dev.maskrcnn.detection.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * The recipes that come with the program: every YAML file of the original, under its path without
 * {@code .yaml}, and two small ones that train on a CPU, {@code shapes_gn} and {@code nuclei_gn}.
 */
public final class BuiltinConfigs {
  private BuiltinConfigs() {}

  /** All names, sorted. */
  public static List<String> names() {
    return resource("index.txt").lines().toList();
  }

  /**
   * The defaults merged with a file or recipe.
   *
   * @param nameOrFile path of a YAML file, or the name of a recipe; a recipe's folder may be left
   *     out where that is clear, and {@code configs/} in front and {@code .yaml} behind may be
   *     there
   * @throws ConfigException if there is no such file or recipe, or several recipes; the message
   *     names the closest
   */
  public static Config load(String nameOrFile) {
    Path file = existing(nameOrFile);
    if (file != null) {
      return Config.defaults().merge(file);
    }
    String name = name(nameOrFile);
    return Config.defaults().mergeYaml(resource(name + ".yaml"), "built-in " + name + ".yaml");
  }

  /**
   * The text of a recipe, with its comments.
   *
   * @throws ConfigException as {@link #load}
   */
  public static String text(String name) {
    return resource(name(name) + ".yaml");
  }

  private static Path existing(String nameOrFile) {
    try {
      Path file = Path.of(nameOrFile);
      return Files.isRegularFile(file) ? file : null;
    } catch (InvalidPathException e) {
      return null; // then it can only be a name
    }
  }

  /** The full name of a recipe. */
  private static String name(String given) {
    List<String> names = names();
    String name = given.replaceFirst("^(\\./)?configs/", "").replaceFirst("\\.ya?ml$", "");
    if (names.contains(name)) {
      return name;
    }
    List<String> below = names.stream().filter(n -> n.endsWith("/" + name)).toList();
    if (below.size() == 1) {
      return below.get(0);
    }
    if (below.isEmpty()) {
      throw new ConfigException(
          "configuration \"%s\": no such file or built-in recipe; %s"
              .formatted(given, Closest.question(Closest.to(name, names, '/'))));
    }
    throw new ConfigException(
        "configuration \"%s\": %s built-in recipes have this name; write %s"
            .formatted(given, below.size(), String.join(" or ", below)));
  }

  static String resource(String path) {
    try (InputStream in = BuiltinConfigs.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new ConfigException(path + ": missing from the program's jar; build it again");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new ConfigException(path + ": unreadable in the program's jar", e);
    }
  }
}
