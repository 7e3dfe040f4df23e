package dev.maskrcnn.cli;

import dev.maskrcnn.detection.coco.CocoImage;
import dev.maskrcnn.detection.image.ImageFormatException;
import dev.maskrcnn.detection.image.ImageReader;
import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.Orientation;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The image files of an annotation file: options, and what is wrong with one (a mixin). */
final class ImageFiles {
  @Option(
      names = "--read-images",
      description = "decode each image too, and compare its size with the file's")
  boolean read;

  @Option(
      names = "--stored-pixels",
      description =
          "do not turn photos upright by their EXIF orientation (as INPUT.EXIF_ORIENTATION False)")
  private boolean stored;

  /** Why an image cannot be used, or null. */
  String problem(CocoImage image, Path folder) {
    Path file = folder.resolve(image.fileName());
    if (!Files.isRegularFile(file)) {
      return "image file %s does not exist".formatted(file);
    }
    return read ? unreadable(image, file) : null;
  }

  /** Why an image file cannot be decoded or is of another size than stated, or null. */
  private String unreadable(CocoImage image, Path file) {
    try {
      Orientation orientation = stored ? Orientation.STORED : Orientation.UPRIGHT;
      ImageSize found = ImageSize.of(ImageReader.read(file, orientation));
      ImageSize stated = new ImageSize(image.width(), image.height());
      return found.equals(stated)
          ? null
          : "%s has %sx%s pixels, the annotations say %sx%s (width x height)%s"
              .formatted(
                  image.fileName(),
                  found.width(),
                  found.height(),
                  stated.width(),
                  stated.height(),
                  ImageReader.exifReason(file, stated));
    } catch (ImageFormatException e) {
      return e.getMessage();
    }
  }

  /** {@code image 3 (orientation 6)} if the photo is turned, else null. */
  String turn(CocoImage image, Path folder) {
    Path file = folder.resolve(image.fileName());
    try {
      int exif = stored ? 1 : ImageReader.exif(file);
      return exif == 1 ? null : "image %s (orientation %s)".formatted(image.id(), exif);
    } catch (ImageFormatException e) {
      return null; // it was listed as damaged
    }
  }
}
