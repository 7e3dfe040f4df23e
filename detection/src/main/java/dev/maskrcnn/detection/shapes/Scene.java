package dev.maskrcnn.detection.shapes;

import java.awt.geom.Area;
import java.util.List;

/**
 * What one image shows.
 *
 * @param size width and height in pixels
 * @param background behind everything
 * @param things from the bottom to the top
 * @param noise standard deviation of the pixel noise, 0..255 scale
 * @param noiseSeed of the pixel noise
 */
record Scene(int size, Texture background, List<Thing> things, double noise, long noiseSeed) {
  Scene {
    things = List.copyOf(things);
  }

  /**
   * One painted shape.
   *
   * @param kind its class
   * @param area its whole geometry, perhaps beyond the image, straight edges only; not to be
   *     changed
   * @param fill its colours
   * @param rim whether it has a darker rim
   * @param crowd whether it is a member of the scene's crowd rather than an object of its own
   */
  record Thing(ShapeKind kind, Area area, Texture fill, boolean rim, boolean crowd) {}

  /** A bijective scrambling of 64 bits (the finaliser of splitmix64). */
  static long mix64(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
