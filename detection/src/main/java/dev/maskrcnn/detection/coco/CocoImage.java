package dev.maskrcnn.detection.coco;

import java.util.Objects;

/**
 * One image of a dataset.
 *
 * @param id the id that annotations and results name
 * @param fileName file name relative to the image folder
 * @param width width in pixels, at least 1
 * @param height height in pixels, at least 1
 */
public record CocoImage(long id, String fileName, int width, int height) {
  public CocoImage {
    Objects.requireNonNull(fileName, "fileName");
    if (width < 1 || height < 1) {
      throw new CocoFormatException(
          "image %s: size %sx%s is not positive; give width and height in pixels"
              .formatted(id, width, height));
    }
  }
}
