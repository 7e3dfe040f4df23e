package dev.maskrcnn.detection.predict;

import dev.maskrcnn.detection.coco.Rle;
import dev.maskrcnn.detection.image.ImageSize;

/**
 * Pastes a mask as detectron2 does: every pixel of the image samples the mask bilinearly at its own
 * centre, zero outside of the mask, and belongs to the object from the threshold on. In float32,
 * because the result is compared with a threshold.
 */
final class ContinuousPaste {
  private final ImageSize size;
  private final int side;
  private final float threshold;

  /**
   * A paste of square masks into an image.
   *
   * @param side of the masks
   */
  ContinuousPaste(ImageSize size, int side, double threshold) {
    this.size = size;
    this.side = side;
    this.threshold = (float) threshold;
  }

  /**
   * The mask in the image.
   *
   * @param masks of all detections, row-major
   * @param boxes {@code xyxy} of all detections
   * @param k which
   */
  Rle paste(float[] masks, float[] boxes, int k) {
    float x0 = boxes[4 * k];
    float y0 = boxes[4 * k + 1];
    float width = boxes[4 * k + 2] - x0;
    float height = boxes[4 * k + 3] - y0;
    Rle.Window window = window(boxes, k);
    byte[] out = new byte[window.width() * window.height()];
    int start = k * side * side;
    for (int y = 0; y < window.height(); y++) {
      float v = place(window.y() + y, y0, height);
      for (int x = 0; x < window.width(); x++) {
        float u = place(window.x() + x, x0, width);
        out[y * window.width() + x] = (byte) (sample(masks, start, u, v) >= threshold ? 1 : 0);
      }
    }
    return Rle.encodeWindow(out, window, size.height(), size.width());
  }

  /** Pixels that a box touches, and one more on each side. */
  private Rle.Window window(float[] boxes, int k) {
    int left = clamp(Math.floor(boxes[4 * k]) - 1, size.width());
    int top = clamp(Math.floor(boxes[4 * k + 1]) - 1, size.height());
    int right = clamp(Math.ceil(boxes[4 * k + 2]) + 1, size.width());
    int bottom = clamp(Math.ceil(boxes[4 * k + 3]) + 1, size.height());
    return new Rle.Window(left, top, Math.max(0, right - left), Math.max(0, bottom - top));
  }

  private static int clamp(double at, int most) {
    return (int) Math.min(most, Math.max(0, at));
  }

  /** Where the centre of a pixel lies in the mask, in its pixels. */
  private float place(int pixel, float from, float extent) {
    float unit = (pixel + 0.5f - from) / extent * 2 - 1;
    return ((unit + 1) * side - 1) / 2;
  }

  private float sample(float[] masks, int start, float u, float v) {
    // A box without extent has no pixels of the mask.
    if (!Float.isFinite(u) || !Float.isFinite(v)) {
      return 0;
    }
    int x = (int) Math.floor(u);
    int y = (int) Math.floor(v);
    float right = u - x;
    float low = v - y;
    float left = 1 - right;
    float up = 1 - low;
    return at(masks, start, x, y) * left * up
        + at(masks, start, x + 1, y) * right * up
        + at(masks, start, x, y + 1) * left * low
        + at(masks, start, x + 1, y + 1) * right * low;
  }

  private float at(float[] masks, int start, int x, int y) {
    boolean inside = x >= 0 && y >= 0 && x < side && y < side;
    return inside ? masks[start + y * side + x] : 0;
  }
}
