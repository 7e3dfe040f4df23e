package dev.maskrcnn.detection.shapes;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferInt;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Paints a scene. Java2D gives each shape's anti-aliased coverage; colours are mixed here, so that
 * the pixels depend on nothing but the geometry and the scene's numbers.
 */
final class ScenePainter {
  private final int size;
  private final float[] rgb;
  private final BufferedImage coverage;
  private final byte[] covered;
  private final Graphics2D pen;

  private ScenePainter(int size) {
    this.size = size;
    this.rgb = new float[3 * size * size];
    this.coverage = new BufferedImage(size, size, BufferedImage.TYPE_BYTE_GRAY);
    this.covered = ((DataBufferByte) coverage.getRaster().getDataBuffer()).getData();
    this.pen = coverage.createGraphics();
    pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    // Java2D would otherwise move the edges by up to half a pixel.
    pen.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    pen.setColor(Color.WHITE);
  }

  /** The image of a scene, {@code TYPE_INT_RGB}. */
  static BufferedImage paint(Scene scene) {
    ScenePainter painter = new ScenePainter(scene.size());
    Arrays.fill(painter.covered, (byte) 255);
    painter.blend(scene.background(), 1);
    for (Scene.Thing thing : scene.things()) {
      painter.cover(thing.area(), null);
      painter.blend(thing.fill(), 1);
      if (thing.rim()) {
        // A stroke of twice the width, clipped to the shape: the rim stays inside the outline.
        painter.cover(thing.area(), new BasicStroke(Math.max(2, 0.022f * scene.size())));
        painter.blend(thing.fill(), 0.62f);
      }
    }
    painter.pen.dispose();
    return painter.finish(scene);
  }

  private void cover(Shape shape, BasicStroke rim) {
    Arrays.fill(covered, (byte) 0);
    if (rim == null) {
      pen.fill(shape);
    } else {
      pen.setClip(shape);
      pen.setStroke(rim);
      pen.draw(shape);
      pen.setClip(null);
    }
  }

  private void blend(Texture texture, float brightness) {
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        int at = y * size + x;
        float alpha = (covered[at] & 255) / 255f;
        if (alpha > 0) {
          float mix = texture.mix(x + 0.5, y + 0.5);
          for (int c = 0; c < 3; c++) {
            float colour = brightness * texture.channel(c, mix);
            rgb[3 * at + c] += alpha * (colour - rgb[3 * at + c]);
          }
        }
      }
    }
  }

  private BufferedImage finish(Scene scene) {
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    SplittableRandom random = new SplittableRandom(scene.noiseSeed());
    for (int i = 0; i < pixels.length; i++) {
      int packed = 0;
      for (int c = 0; c < 3; c++) {
        float value = 255 * rgb[3 * i + c] + (float) (scene.noise() * normal(random));
        packed = packed << 8 | Math.round(Math.max(0, Math.min(255, value)));
      }
      pixels[i] = packed;
    }
    return image;
  }

  /** Nearly normal: four uniform numbers, whose sum has a variance of 1/3. */
  private static double normal(SplittableRandom random) {
    double sum = -2;
    for (int i = 0; i < 4; i++) {
      sum += random.nextDouble();
    }
    return sum * 1.7320508075688772;
  }
}
