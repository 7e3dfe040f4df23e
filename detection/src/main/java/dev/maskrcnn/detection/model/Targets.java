package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.shape.DType;

/**
 * Ground truth of a batch on a device, padded to the largest count of objects (at least one row).
 *
 * @param boxes {@code [N,G,4]} xyxy in network pixels
 * @param counts I32 {@code [N]}
 * @param labels I32 {@code [N,G]}, classes from 1
 * @param masks outlines, or bitmaps, of the instances; row {@code n·G + g} belongs to object g of
 *     image n
 */
public record Targets(Tensor boxes, Tensor counts, Tensor labels, MaskTruth masks) {

  /** Ground-truth masks in one of the two forms. */
  public sealed interface MaskTruth permits Outlines, Bitmaps, NoMasks {}

  /**
   * Polygons: {@code coords} (x, y, …), {@code parts} I32 offsets into coords, {@code ranges} I32
   * offsets into parts, one range per row.
   */
  public record Outlines(Tensor coords, Tensor parts, Tensor ranges) implements MaskTruth {}

  /** Full-size bitmaps {@code [N·G,H,W,1]} of zeros and ones. */
  public record Bitmaps(Tensor images) implements MaskTruth {}

  /** A data set without masks. */
  public record NoMasks() implements MaskTruth {}

  /** Number of rows per image, padding included. */
  public int rows() {
    return labels.shape().dim(1);
  }

  /** Labels of ones: every object is foreground to the RPN. */
  public Tensor foreground() {
    return labels.device().filled(labels.spec(), 1);
  }

  /** Element type of the boxes. */
  public DType dtype() {
    return boxes.spec().dtype();
  }
}
