package dev.maskrcnn.detection.coco;

import java.util.Arrays;
import java.util.Objects;

/**
 * One annotated object.
 *
 * @param id unique in the file
 * @param imageId the image that shows it
 * @param categoryId category id of the file, not the contiguous label
 * @param bbox {@code xywh} in pixels, four finite numbers, width and height not negative; not
 *     copied, do not write into it
 * @param area area of the object in square pixels as the file states it
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
    if (bbox.length != 4 || !(bbox[2] >= 0 && bbox[3] >= 0)) {
      throw new CocoFormatException(
          "annotation %s of image %s: bbox %s, expected x, y, width, height without negative size"
              .formatted(id, imageId, Arrays.toString(bbox)));
    }
  }

  /** Whether the box has no width or no height; such objects cannot be trained on. */
  public boolean zeroSize() {
    return bbox[2] == 0 || bbox[3] == 0;
  }

  /**
   * The mask of the object.
   *
   * @param image the image that shows it
   * @throws CocoFormatException if the file gives no outline
   */
  public Rle mask(CocoImage image) {
    if (segmentation instanceof Polygons polygons) {
      return Rle.fromPolygons(polygons.parts(), image.height(), image.width());
    }
    if (segmentation instanceof RunLength runs) {
      return runs.rle();
    }
    throw new CocoFormatException(
        "annotation %s of image %s: has no segmentation; masks need one for every object"
            .formatted(id, imageId));
  }
}
