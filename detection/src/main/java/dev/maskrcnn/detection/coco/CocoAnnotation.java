package dev.maskrcnn.detection.coco;

import java.util.Objects;

/**
 * One annotated object.
 *
 * @param id unique in the file
 * @param imageId the image that shows it
 * @param categoryId category id of the file, not the contiguous label
 * @param bbox {@code xywh} in pixels, four finite numbers, width and height not negative; not
 *     copied, do not write into it
 * @param area area of the object in pixels as the file states it
 * @param crowd whether it stands for a group ({@code iscrowd}), ignored by the evaluation
 * @param segmentation its outline
 */
public record CocoAnnotation(
    long id,
    long imageId,
    int categoryId,
    double[] bbox,
    double area,
    boolean crowd,
    Segmentation segmentation) {
  public CocoAnnotation {
    Objects.requireNonNull(segmentation, "segmentation");
    if (bbox.length != 4) {
      throw new CocoFormatException(
          "annotation %d: bbox has %d numbers, expected 4 (x, y, width, height)"
              .formatted(id, bbox.length));
    }
  }

  /** Whether the box has no width or no height; such objects cannot be trained on. */
  public boolean zeroSize() {
    return bbox[2] == 0 || bbox[3] == 0;
  }
}
