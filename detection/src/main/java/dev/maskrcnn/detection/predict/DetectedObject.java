package dev.maskrcnn.detection.predict;

import dev.maskrcnn.detection.coco.CocoCategory;
import dev.maskrcnn.detection.coco.DetectionRecord;
import dev.maskrcnn.detection.coco.Rle;
import java.util.Optional;

/**
 * An object that a {@link Detector} found, in pixels of the image as it was given.
 *
 * @param category what it is; the id is that of the annotations the model was trained on
 * @param result as files of results hold it, of image 0
 * @param softMask how sure the model is of each part of the mask; empty if the model has no masks
 */
public record DetectedObject(
    CocoCategory category, DetectionRecord result, Optional<SoftMask> softMask) {

  /**
   * A rectangle, in pixels and fractions of them; the first pixel reaches from 0 to 1.
   *
   * @param x left edge
   * @param y upper edge
   * @param width at least 0
   * @param height at least 0
   */
  public record Box(double x, double y, double width, double height) {}

  /**
   * Probabilities on a grid that divides the box evenly.
   *
   * @param side cells in a row, and rows
   * @param probabilities {@code [side, side]}, 0 to 1; not copied
   */
  public record SoftMask(int side, float[] probabilities) {}

  /** The category's name. */
  public String name() {
    return category.name();
  }

  /** How sure the model is, 0 to 1. */
  public double score() {
    return result.score();
  }

  /** Where it is. */
  public Box box() {
    double[] b = result.bbox();
    return new Box(b[0], b[1], b[2], b[3]);
  }

  /** Which pixels belong to it, in the size of the image; empty if the model has no masks. */
  public Optional<Rle> mask() {
    return result.mask();
  }
}
