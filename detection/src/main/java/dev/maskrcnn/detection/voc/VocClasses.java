package dev.maskrcnn.detection.voc;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The classes of a data set; class i, from 1, has label i. */
final class VocClasses {
  /** A text file beside Annotations, one class a line, for data sets of other things. */
  static final String FILE = "labels.txt";

  /** The order of maskrcnn-benchmark, which is that of the challenge. */
  static final List<String> NAMES =
      List.of(
          "aeroplane",
          "bicycle",
          "bird",
          "boat",
          "bottle",
          "bus",
          "car",
          "cat",
          "chair",
          "cow",
          "diningtable",
          "dog",
          "horse",
          "motorbike",
          "person",
          "pottedplant",
          "sheep",
          "sofa",
          "train",
          "tvmonitor");

  private final List<String> names;
  private final Path root;

  private VocClasses(List<String> names, Path root) {
    this.names = names;
    this.root = root;
  }

  /** Those of {@value #FILE} if the data set has it, else the 20 of the challenge. */
  static VocClasses of(Path root) {
    Path file = root.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return new VocClasses(NAMES, root);
    }
    List<String> names = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file)) {
        String name = line.strip();
        if (names.contains(name)) {
          throw new VocFormatException("%s: names %s twice".formatted(file, name));
        }
        if (!name.isEmpty()) {
          names.add(name);
        }
      }
    } catch (IOException e) {
      throw new VocFormatException(
          "%s: cannot be read: %s".formatted(file, FileFailure.reason(e)), e);
    }
    if (names.isEmpty()) {
      throw new VocFormatException(file + ": names no class; expected one in each line");
    }
    return new VocClasses(List.copyOf(names), root);
  }

  /**
   * The label of a class.
   *
   * @throws VocFormatException if it is none of them
   */
  int labelOf(String name, Path file, int object) {
    int index = names.indexOf(name);
    if (index < 0) {
      throw new VocFormatException(
          "%s: object %s is a \"%s\", which is none of the %s classes; list yours in %s, one a line"
              .formatted(file, object, name, names.size(), root.resolve(FILE)));
    }
    return index + 1;
  }

  int count() {
    return names.size();
  }

  List<CocoCategory> categories() {
    List<CocoCategory> out = new ArrayList<>();
    for (String name : names) {
      out.add(new CocoCategory(out.size() + 1, name, ""));
    }
    return out;
  }
}
