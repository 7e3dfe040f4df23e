package dev.maskrcnn.detection.predict;

import dev.maskrcnn.detection.data.ImageListFile;
import dev.maskrcnn.detection.engine.RunException;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Which images to predict and where the results go; the i-th output belongs to the i-th input.
 *
 * @param inputs image files
 * @param outputs their result files
 */
public record PredictionFiles(List<Path> inputs, List<Output> outputs) {
  private static final Set<String> LISTS = Set.of("txt", "lst");
  private static final Set<String> EXTENSIONS = Set.of("jpg", "jpeg", "png", "bmp", "gif");

  /** The files of one image. */
  record Output(Path json, Path overlay, Path heatMaps) {}

  /** The names of results; an image keeps its own for as long as this lives. */
  static final class Names {
    private final Map<Path, String> known = new HashMap<>();
    private final Set<String> taken = new HashSet<>();

    String of(Path input) {
      return known.computeIfAbsent(
          input.toAbsolutePath().normalize(), p -> unique(p.getFileName().toString(), taken));
    }
  }

  /**
   * Finds the images and names their results after them. Two images of one name, from different
   * folders or of different formats, get different results. A {@code .txt} or {@code .lst} file is
   * a list of images, relative to its folder.
   *
   * @throws RunException if a path does not exist, a folder has no image, or a result would
   *     overwrite an image
   */
  public static PredictionFiles of(List<Path> paths, Path outputDir) {
    return of(paths, outputDir, new Names());
  }

  /** The same for one of several rounds, whose results must not overwrite each other. */
  public static PredictionFiles of(List<Path> paths, Path outputDir, Names names) {
    List<Path> inputs = new ArrayList<>();
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        inputs.addAll(imagesIn(path));
      } else if (LISTS.contains(extension(path)) && Files.isRegularFile(path)) {
        Path parent = path.toAbsolutePath().getParent();
        inputs.addAll(ImageListFile.read(path, parent));
      } else if (Files.exists(path)) {
        inputs.add(path);
      } else {
        throw new RunException(path + ": does not exist, expected an image or a folder of images");
      }
    }
    if (inputs.isEmpty()) {
      throw new RunException("predict: no image; name images or folders of images");
    }
    Set<Path> taken = new HashSet<>();
    inputs.forEach(file -> taken.add(file.toAbsolutePath().normalize()));
    List<Output> outputs = new ArrayList<>();
    for (Path input : inputs) {
      Output output = output(outputDir, names.of(input));
      if (taken.contains(output.overlay.toAbsolutePath().normalize())) {
        throw new RunException(
            "%s: would be overwritten by the result of %s; choose another output folder"
                .formatted(output.overlay, input));
      }
      outputs.add(output);
    }
    return new PredictionFiles(inputs, outputs);
  }

  private static List<Path> imagesIn(Path folder) {
    List<Path> out = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (isImage(file)) {
          out.add(file);
        }
      }
    } catch (IOException e) {
      throw new RunException(folder + ": cannot be read: " + FileFailure.reason(e), e);
    }
    if (out.isEmpty()) {
      throw new RunException(
          "%s: has no image, expected files that end in one of %s"
              .formatted(folder, EXTENSIONS.stream().sorted().toList()));
    }
    out.sort(null);
    return out;
  }

  /** Whether it is a file that is named like an image. */
  static boolean isImage(Path file) {
    return EXTENSIONS.contains(extension(file)) && Files.isRegularFile(file);
  }

  private static String extension(Path file) {
    String name = file.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  /** The name without extension, or with it if that is taken, or with a number. */
  private static String unique(String fileName, Set<String> names) {
    int dot = fileName.lastIndexOf('.');
    String name = dot > 0 ? fileName.substring(0, dot) : fileName;
    if (!names.add(name)) {
      name = fileName;
      for (int i = 2; !names.add(name); i++) {
        name = fileName + "-" + i;
      }
    }
    return name;
  }

  private static Output output(Path folder, String name) {
    return new Output(
        folder.resolve(name + ".json"),
        folder.resolve(name + "_overlay.png"),
        folder.resolve(name + "_heatmaps.png"));
  }
}
