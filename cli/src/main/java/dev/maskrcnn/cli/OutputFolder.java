package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.BuiltinConfigs;
import dev.maskrcnn.detection.config.Config;
import dev.maskrcnn.detection.engine.RunLock;
import dev.maskrcnn.tensor.io.FileFailure;
import dev.maskrcnn.tensor.io.Leftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Which folder a run writes to, and whether it can. */
final class OutputFolder {
  /** The embedded default of {@code train}. */
  static final String DEFAULT_RECIPE = "shapes_gn";

  /** Where the embedded default goes. */
  static final Path DEFAULT = Path.of("output", "shapes");

  private OutputFolder() {}

  /**
   * The folder of a run: what was asked for, else {@code OUTPUT_DIR}, else {@code output/NAME}.
   *
   * @param asked {@code --output-dir}
   * @param recipe {@code --config}
   */
  static Path of(Optional<Path> asked, Optional<String> recipe, Config config) {
    if (asked.isPresent()) {
      return asked.get();
    }
    if (!config.isDefault("OUTPUT_DIR")
        && !config.text("OUTPUT_DIR").equals(Config.defaults().text("OUTPUT_DIR"))) {
      return Path.of(config.text("OUTPUT_DIR"));
    }
    return recipe.map(OutputFolder::named).orElse(DEFAULT);
  }

  /**
   * The folder of a new run, for which nobody asked: where another run is writing into the usual
   * one, the next of {@code NAME-2}, {@code NAME-3}, … that is free.
   */
  static Path free(Path usual, Console console) {
    Path folder = usual;
    for (int n = 2; RunLock.isTaken(folder); n++) {
      folder = usual.resolveSibling(usual.getFileName() + "-" + n);
    }
    if (!folder.equals(usual)) {
      console.note(
          "another run is writing into %s; this one writes into %s".formatted(usual, folder));
    }
    return folder;
  }

  /** {@code output/NAME} for a recipe or file of that name. */
  private static Path named(String recipe) {
    String name = recipe.replace('\\', '/').replaceFirst("/+$", "");
    name = name.substring(name.lastIndexOf('/') + 1).replaceFirst("\\.ya?ml$", "");
    return Path.of("output", name);
  }

  /** The configuration of {@code --config}, or the embedded default. */
  static Config recipe(Optional<String> recipe) {
    return BuiltinConfigs.load(recipe.orElse(DEFAULT_RECIPE));
  }

  /**
   * Makes a folder and tries to write into it, before hours of work.
   *
   * @throws CliException if it cannot be made or written
   */
  static void prepare(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, ".writable" + Leftovers.prefix(), ".tmp"));
    } catch (IOException e) {
      throw new CliException(
          "output folder %s: cannot be written: %s; choose another with --output-dir"
              .formatted(folder, FileFailure.reason(e)),
          e);
    }
  }
}
