package dev.maskrcnn.detection.convert;

import dev.maskrcnn.detection.image.ImageSize;
import java.util.List;

/**
 * An image with its objects.
 *
 * @param fileName below the folder of images, with {@code /}
 * @param size in pixels
 * @param outlines its objects in the order of the input
 */
public record LabelledImage(String fileName, ImageSize size, List<Outline> outlines) {
  public LabelledImage {
    outlines = List.copyOf(outlines);
  }
}
