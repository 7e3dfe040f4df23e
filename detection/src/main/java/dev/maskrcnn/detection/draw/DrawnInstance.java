package dev.maskrcnn.detection.draw;

import java.util.Objects;

/**
 * One object to draw.
 *
 * @param name of its class; shown on its tag and, by default, decides its colour
 * @param score 0..1, or NaN if there is none to show (ground truth)
 * @param boxXyxy pixels of the image, may reach beyond it; empty for no box; not copied
 * @param maskRowMajor {@code [height, width]} of the whole image, nonzero = object; empty for no
 *     mask; not copied
 */
public record DrawnInstance(String name, double score, float[] boxXyxy, byte[] maskRowMajor) {
  /** Checks the lengths. */
  public DrawnInstance {
    Objects.requireNonNull(name, "name");
    if (boxXyxy.length != 0 && boxXyxy.length != 4) {
      throw new IllegalArgumentException(
          "drawn instance: box of %s has %s numbers, expected 4 (x1, y1, x2, y2) or none"
              .formatted(name, boxXyxy.length));
    }
  }

  /** The text on its tag: {@code name 0.93}, or the name alone. */
  String label() {
    return Double.isNaN(score)
        ? name
        : String.format(java.util.Locale.ROOT, "%s %.2f", name, score);
  }

  boolean hasBox() {
    return boxXyxy.length == 4;
  }

  boolean hasMask() {
    return maskRowMajor.length > 0;
  }
}
