package dev.maskrcnn.detection.draw;

import java.awt.image.BufferedImage;

/**
 * Numbers as colours, from dark blue through green to yellow: evenly brighter, so that it reads in
 * grey too.
 */
public final class HeatMap {
  /** Stops of the scale (viridis, by Smith and van der Walt). */
  private static final int[] STOPS = {
    0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725
  };

  private HeatMap() {}

  /**
   * One pixel for each number.
   *
   * @param values row by row; what is not finite becomes white
   * @param low the darkest
   * @param high the brightest
   */
  public static BufferedImage of(float[] values, int width, int height, double low, double high) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    double range = high > low ? high - low : 1;
    for (int i = 0; i < width * height; i++) {
      float v = values[i];
      int color = Float.isFinite(v) ? color((v - low) / range) : 0xffffff;
      image.setRGB(i % width, i / width, color);
    }
    return image;
  }

  /** The colour of a share from 0 to 1. */
  static int color(double share) {
    double at = Math.max(0, Math.min(1, share)) * (STOPS.length - 1);
    int i = Math.min(STOPS.length - 2, (int) at);
    return mix(STOPS[i], STOPS[i + 1], at - i);
  }

  private static int mix(int a, int b, double t) {
    int rgb = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int from = a >> shift & 255;
      int to = b >> shift & 255;
      rgb |= (int) Math.round(from + t * (to - from)) << shift;
    }
    return rgb;
  }
}
