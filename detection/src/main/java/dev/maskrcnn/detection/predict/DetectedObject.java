package dev.maskrcnn.detection.predict;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.coco.Rle;
import java.util.Optional;

/**
 * An object that a {@link Detector} found, in pixels of the image as it was given.
 *
 * @param category what it is; the id is that of the annotations the model was trained on
 * @param score how sure the model is, 0 to 1
 * @param box where it is
 * @param mask which pixels belong to it, in the size of the image; empty if the model has no masks
 */
public record DetectedObject(CocoCategory category, double score, Box box, Optional<Rle> mask) {

  /**
   * A rectangle, in pixels and fractions of them; the first pixel reaches from 0 to 1.
   *
   * @param x left edge
   * @param y upper edge
   * @param width at least 0
   * @param height at least 0
   */
  public record Box(double x, double y, double width, double height) {}

  static DetectedObject of(DetectionRecord d, CocoCategory category) {
    double[] b = d.bbox();
    return new DetectedObject(category, d.score(), new Box(b[0], b[1], b[2], b[3]), d.mask());
  }

  /** As results hold it, of image 0. */
  DetectionRecord record() {
    double[] xywh = {box.x, box.y, box.width, box.height};
    return new DetectionRecord(0, category.id(), xywh, mask, score);
  }

  /** The category's name. */
  public String name() {
    return category.name();
  }
}
