package dev.maskrcnn.cli;

import dev.maskrcnn.detection.config.Config;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How the categories of data sets are found in those of a model (a mixin). */
final class CategoriesOption {
  /** The choices; picocli takes the words in any case, with - as they are printed here. */
  enum By {
    BY_NAME("name"),
    BY_ID("id");

    private final String value;

    By(String value) {
      this.value = value;
    }

    @Override
    public String toString() {
      return "by-" + value;
    }
  }

  @Option(
      names = "--categories",
      paramLabel = "by-name|by-id",
      description =
          "find the categories of a data set in the model by their names (the default), whatever"
              + " their numbers, or by their ids")
  private Optional<By> by;

  /** The configuration with what was chosen. */
  Config on(Config config) {
    return by.map(b -> config.with("DATASETS.MATCH_CATEGORIES_BY", b.value)).orElse(config);
  }
}
