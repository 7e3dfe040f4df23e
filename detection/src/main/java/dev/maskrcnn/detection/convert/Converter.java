package dev.maskrcnn.detection.convert;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads the annotations of a tool or a data set. A new format is one class and one line in {@link
 * Conversion#CONVERTERS}.
 */
public interface Converter {
  /** What {@code --from} calls it. */
  String name();

  /** What {@code --input} names, for the help. */
  String input();

  /** Its own options, beyond those of every converter. */
  default List<Choice> choices() {
    return List.of();
  }

  /**
   * Reads all images.
   *
   * @param request what to read
   * @param defects gets a line for each shape or file that is left out, with file and number
   * @throws ConvertException if the input as a whole cannot be read
   */
  Labels read(Request request, Consumer<String> defects);

  /**
   * An option of a converter.
   *
   * @param name {@code --attribute}, say
   * @param value what its value is called; empty for a switch
   * @param help one line
   */
  record Choice(String name, String value, String help) {}

  /**
   * What to read.
   *
   * @param input folder or file
   * @param images folder of the images, if named
   * @param categories the names that {@code --categories} gives, in their order; empty for those
   *     that occur
   * @param choices values of the converter's own options by name; switches have an empty value
   */
  record Request(
      Path input, Optional<Path> images, List<String> categories, Map<String, String> choices) {
    Optional<String> choice(String name) {
      return Optional.ofNullable(choices.get(name));
    }
  }

  /**
   * What was read.
   *
   * @param images in any order
   * @param categories in the order of their ids; empty if they are the labels that occur, sorted
   */
  record Labels(List<LabelledImage> images, List<String> categories) {}
}
