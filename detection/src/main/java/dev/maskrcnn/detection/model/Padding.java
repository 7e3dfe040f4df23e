package dev.maskrcnn.detection.model;

import dev.maskrcnn.tensor.Device;
import dev.maskrcnn.tensor.Shape;
import dev.maskrcnn.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Rounds the number of mask RoIs up, so that few different sizes occur: each new size means new
 * compiled convolutions. There is always at least one row, so that without positives every
 * parameter still takes part and gets a gradient of zero, as in the original.
 */
final class Padding {
  private static final int STEP = 8;

  private Padding() {}

  /** RoIs {@code [R',5]} with image −1, and labels I32 {@code [R']} with −1, in the padding. */
  record Rois(Tensor rois, Tensor labels) {}

  static Rois of(Tensor rois, Tensor labels) {
    int count = rois.shape().dim(0);
    int rows = Math.max(STEP, (count + STEP - 1) / STEP * STEP);
    if (rows == count) {
      return new Rois(rois, labels);
    }
    Device d = rois.device();
    float[] absent = new float[5 * (rows - count)];
    for (int i = 0; i < absent.length; i += 5) {
      absent[i] = -1;
    }
    int[] none = new int[rows - count];
    Arrays.fill(none, -1);
    return new Rois(
        rois.concat(List.of(d.of(Shape.of(rows - count, 5), absent)), 0),
        labels.concat(List.of(d.of(Shape.of(rows - count), none)), 0));
  }
}
