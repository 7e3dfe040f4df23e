package dev.maskrcnn.detection.coco;

import java.util.Objects;

/**
 * An object as a bitmap of the whole image, run-length coded.
 *
 * @param rle the bitmap
 */
public record RunLength(Rle rle) implements Segmentation {
  public RunLength {
    Objects.requireNonNull(rle, "rle");
  }
}
