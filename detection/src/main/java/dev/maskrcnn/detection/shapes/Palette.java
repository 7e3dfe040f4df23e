package dev.maskrcnn.detection.shapes;

import java.awt.Color;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Colours of a scene. Each class leans to a hue but most of its objects have any hue, so colour
 * helps and does not decide; every object stands out from the background and from the others.
 */
final class Palette {
  private static final int CANDIDATES = 8;

  private final SplittableRandom random;
  private float[] backgroundMean = {0, 0, 0};

  Palette(SplittableRandom random) {
    this.random = random;
  }

  /** A dull texture for an image of {@code size} pixels. */
  Texture background(int size) {
    float brightness = (float) random.nextDouble(0.12, 0.9);
    float[] from = hsb(random.nextDouble(), random.nextDouble(0, 0.3), brightness);
    float[] to = shade(from, random.nextDouble(0.05, 0.2));
    for (int c = 0; c < 3; c++) {
      backgroundMean[c] = (from[c] + to[c]) / 2;
    }
    return Texture.between(from, to, size, random);
  }

  /** A vivid texture for an object, apart from the background and from what is there already. */
  Texture fill(ShapeKind kind, double radius, List<Scene.Thing> others) {
    float[] best = null;
    double bestDistance = -1;
    for (int i = 0; i < CANDIDATES; i++) {
      float[] candidate = candidate(kind);
      // The background matters more: against it the whole outline must show.
      double nearest = 0.6 * distance(candidate, backgroundMean);
      for (Scene.Thing other : others) {
        nearest = Math.min(nearest, distance(candidate, other.fill().from()));
      }
      if (nearest > bestDistance) {
        bestDistance = nearest;
        best = candidate;
      }
    }
    float[] to = shade(best, random.nextDouble(0.08, 0.22));
    return Texture.between(best, to, 2.5 * radius, random);
  }

  private float[] candidate(ShapeKind kind) {
    double hue = random.nextDouble();
    if (random.nextInt(3) == 0) {
      hue = (double) kind.ordinal() / ShapeKind.values().length + 0.2 * (hue - 0.5);
    }
    return hsb(hue, random.nextDouble(0.5, 0.95), random.nextDouble(0.5, 1));
  }

  /** The same colour, lighter or darker by {@code amount}. */
  private float[] shade(float[] colour, double amount) {
    float luma = (colour[0] + colour[1] + colour[2]) / 3;
    float towards = luma > 0.5 ? 0 : 1;
    float[] out = new float[3];
    for (int c = 0; c < 3; c++) {
      out[c] = (float) (colour[c] + amount * (towards - colour[c]) * 1.3);
    }
    return out;
  }

  private static float[] hsb(double hue, double saturation, double brightness) {
    int rgb = Color.HSBtoRGB((float) hue, (float) saturation, (float) brightness);
    return new float[] {(rgb >> 16 & 255) / 255f, (rgb >> 8 & 255) / 255f, (rgb & 255) / 255f};
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      sum += (a[c] - b[c]) * (a[c] - b[c]);
    }
    return StrictMath.sqrt(sum);
  }
}
