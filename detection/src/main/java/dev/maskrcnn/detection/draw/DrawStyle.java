package dev.maskrcnn.detection.draw;

import java.util.Objects;

/**
 * How an overlay looks.
 *
 * @param colors which colour an instance gets
 * @param zoom the picture's size over the image's, more than 0; 0 enlarges small images by a whole
 *     number so that labels can be read, and leaves others as they are
 * @param maskOpacity 0 (outline only) to 1
 * @param boxes whether to draw boxes
 * @param labels whether to draw name and score
 */
public record DrawStyle(
    InstanceColors colors, double zoom, double maskOpacity, boolean boxes, boolean labels) {
  /** Checks the ranges. */
  public DrawStyle {
    Objects.requireNonNull(colors, "colors");
    if (!(zoom >= 0 && zoom <= 64) || !(maskOpacity >= 0 && maskOpacity <= 1)) {
      throw new IllegalArgumentException(
          "draw style: zoom must be 0 to 64 and opacity 0 to 1, got " + zoom + ", " + maskOpacity);
    }
  }

  /**
   * @return the size of the image, translucent masks, boxes and labels
   */
  public static DrawStyle of(InstanceColors colors) {
    return new DrawStyle(colors, 1, 0.4, true, true);
  }

  /**
   * @param newZoom as {@link #zoom}
   * @return this style with another zoom
   */
  public DrawStyle withZoom(double newZoom) {
    return new DrawStyle(colors, newZoom, maskOpacity, boxes, labels);
  }

  double zoomFor(int width, int height) {
    if (zoom > 0) {
      return zoom;
    }
    return Math.max(1, Math.floor(512.0 / Math.max(width, height)));
  }
}
