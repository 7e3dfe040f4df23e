package dev.maskrcnn.detection.image;

/** A colour image in host memory: interleaved RGB, row-major, values 0 to 255. */
public sealed interface Pixels permits RgbImage, FloatImage, PlannedImage {
  /** Width in pixels, at least 1. */
  int width();

  /** Height in pixels, at least 1. */
  int height();

  /** The same image reversed in x: column {@code c} becomes column {@code width - 1 - c}. */
  Pixels flipped();
}
