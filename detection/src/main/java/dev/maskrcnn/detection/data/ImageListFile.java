package dev.maskrcnn.detection.data;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.CocoDataset;
import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.tensor.io.FileFailure;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A text file that names an image in each line; blank lines are passed over. */
public final class ImageListFile {
  private static final long MAX_BYTES = 1L << 30;

  private ImageListFile() {}

  /**
   * Reads a list. Whether the images exist is not checked.
   *
   * @param list text file in UTF-8
   * @param root folder that relative paths start from
   * @return at least one path
   * @throws DataException if the file cannot be read, names nothing, or a line is no path; names
   *     file and line
   */
  public static List<Path> read(Path list, Path root) {
    List<String> lines;
    try {
      if (Files.size(list) > MAX_BYTES) {
        throw new DataException("%s: too large for a list of images".formatted(list));
      }
      lines = Files.readAllLines(list);
    } catch (MalformedInputException e) {
      throw new DataException(
          list + ": is not text in UTF-8; expected a file with the path of an image in each line",
          e);
    } catch (IOException e) {
      throw new DataException("%s: cannot be read: %s".formatted(list, FileFailure.reason(e)), e);
    }
    List<Path> out = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty()) {
        try {
          out.add(root.resolve(line));
        } catch (InvalidPathException e) {
          throw new DataException("%s:%s: is no path".formatted(list, i + 1), e);
        }
      }
    }
    if (out.isEmpty()) {
      throw new DataException(list + ": names no image; expected a path in each line");
    }
    return out;
  }

  /**
   * The images of a list as a data set without objects. The id of an image is its place in the
   * list, from 1.
   *
   * @param categories what a model may find in them
   * @throws DataException as {@link #read}
   * @throws dev.maskrcnn.detection.image.ImageFormatException if an image is missing or has no
   *     sound header
   */
  public static CocoDataset dataset(Path list, Path root, List<CocoCategory> categories) {
    List<Path> files = read(list, root);
    List<ImageSize> sizes = files.parallelStream().map(ImageReader::size).toList();
    List<CocoImage> images = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      ImageSize size = sizes.get(i);
      images.add(
          new CocoImage(
              i + 1, files.get(i).toAbsolutePath().toString(), size.width(), size.height()));
    }
    return CocoDataset.of(images, List.of(), categories, root);
  }
}
