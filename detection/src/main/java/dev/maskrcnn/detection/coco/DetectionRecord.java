package dev.maskrcnn.detection.coco;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * One detection in original image coordinates, as result files hold it.
 *
 * @param imageId image id of the annotation file
 * @param categoryId category id of the annotation file, not the contiguous label
 * @param bbox {@code xywh} in pixels, finite; not copied
 * @param mask the mask in image size, empty for detections of boxes only
 * @param score confidence, finite, higher is better
 */
public record DetectionRecord(
    long imageId, int categoryId, double[] bbox, Optional<Rle> mask, double score) {
  public DetectionRecord {
    Objects.requireNonNull(mask, "mask");
    if (bbox.length != 4 || !Arrays.stream(bbox).allMatch(Double::isFinite)) {
      throw new CocoFormatException(
          "detection of image %s: bbox %s, expected 4 finite numbers (x, y, width, height)"
              .formatted(imageId, Arrays.toString(bbox)));
    }
    if (!Double.isFinite(score)) {
      throw new CocoFormatException(
          "detection of image %s: score %s, expected a finite number; the model may have diverged"
              .formatted(imageId, score));
    }
  }
}
