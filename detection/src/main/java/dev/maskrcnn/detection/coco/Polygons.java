package dev.maskrcnn.detection.coco;

import java.util.List;

/**
 * An object as the union of polygons.
 *
 * @param parts each {@code x, y, x, y, ...} in pixel-corner coordinates of the image, with at least
 *     three points; not copied, do not write into them
 */
public record Polygons(List<double[]> parts) implements Segmentation {
  public Polygons {
    parts = List.copyOf(parts);
  }
}
