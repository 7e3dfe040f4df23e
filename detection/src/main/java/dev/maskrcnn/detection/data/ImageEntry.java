package dev.maskrcnn.detection.data;

import dev.maskrcnn.detection.image.ImageSize;
import dev.maskrcnn.detection.image.RgbImage;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where an image of a dataset lies and how large it is.
 *
 * @param imageId the id that results name
 * @param file the image file
 * @param size the original size, as the annotations state it
 */
public record ImageEntry(long imageId, Path file, ImageSize size) {
  public ImageEntry {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(size, "size");
  }

  /** An image outside any dataset, for prediction on plain files. */
  public static ImageEntry of(long imageId, Path file, RgbImage image) {
    return new ImageEntry(imageId, file, ImageSize.of(image));
  }
}
