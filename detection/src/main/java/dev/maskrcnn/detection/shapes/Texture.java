package dev.maskrcnn.detection.shapes;

import java.util.SplittableRandom;

/**
 * A colour for each point: a mixture of two colours by a pattern.
 *
 * @param pattern how they mix
 * @param from first colour, red, green, blue in 0..1
 * @param to second colour
 * @param cos of the pattern's direction, divided by its period in pixels
 * @param sin of the pattern's direction, divided by its period in pixels
 * @param seed of the noise pattern
 */
record Texture(Pattern pattern, float[] from, float[] to, double cos, double sin, long seed) {
  enum Pattern {
    FLAT,
    GRADIENT,
    STRIPES,
    CHECKER,
    BLOBS
  }

  /** A random texture between two colours, with periods that suit a {@code size} of pixels. */
  static Texture between(float[] from, float[] to, double size, SplittableRandom random) {
    Pattern[] patterns = Pattern.values();
    Pattern pattern = patterns[random.nextInt(patterns.length)];
    double period = size * (pattern == Pattern.GRADIENT ? 1 : random.nextDouble(0.08, 0.3));
    double angle = random.nextDouble(2 * StrictMath.PI);
    double cos = StrictMath.cos(angle) / period;
    double sin = StrictMath.sin(angle) / period;
    return new Texture(pattern, from, to, cos, sin, random.nextLong());
  }

  /** Red, green or blue (0..2) at a point, given {@link #mix} there. */
  float channel(int c, float mix) {
    return from[c] + mix * (to[c] - from[c]);
  }

  /** How much of the second colour there is at a point, 0..1. */
  float mix(double x, double y) {
    double u = cos * x + sin * y;
    double v = cos * y - sin * x;
    return switch (pattern) {
      case FLAT -> 0;
      case GRADIENT -> (float) Math.max(0, Math.min(1, 0.5 + 0.5 * u));
      case STRIPES -> (float) (0.5 + 0.5 * StrictMath.sin(2 * StrictMath.PI * u));
      case CHECKER -> ((long) Math.floor(u) + (long) Math.floor(v)) & 1;
      case BLOBS -> (float) latticeNoise(u, v);
    };
  }

  /** Smoothly interpolated random numbers on the whole-numbered points. */
  private double latticeNoise(double u, double v) {
    long i = (long) Math.floor(u);
    long j = (long) Math.floor(v);
    double fu = u - i;
    double fv = v - j;
    fu = fu * fu * (3 - 2 * fu);
    fv = fv * fv * (3 - 2 * fv);
    double top = lattice(i, j) * (1 - fu) + lattice(i + 1, j) * fu;
    double bottom = lattice(i, j + 1) * (1 - fu) + lattice(i + 1, j + 1) * fu;
    return top * (1 - fv) + bottom * fv;
  }

  private double lattice(long i, long j) {
    long mixed = Scene.mix64(seed + i * 0x9E3779B97F4A7C15L + j * 0xC2B2AE3D27D4EB4FL);
    return (mixed >>> 11) * 0x1p-53;
  }
}
