package dev.maskrcnn.detection.convert;

import java.util.List;
import java.util.function.Consumer;

/** Reads the annotations of a tool. */
interface ShapeSource {
  /**
   * Reads all images.
   *
   * @param defects gets a line for each shape that is left out, with file and number
   * @throws ConvertException if the input as a whole cannot be read
   */
  List<LabelledImage> read(Consumer<String> defects);

  /** The categories in the order of their ids; empty if they are the labels that occur, sorted. */
  default List<String> categories() {
    return List.of();
  }
}
