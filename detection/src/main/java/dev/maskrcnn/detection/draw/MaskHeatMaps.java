package dev.maskrcnn.detection.draw;

import dev.maskrcnn.detection.image.RgbImage;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * How sure a mask head is of each pixel: for each object a square panel with the part of the photo
 * round its box, in grey, and the probabilities over it, from dark blue (0) to yellow (1). The
 * original's demo shows the same as {@code --show-mask-heatmaps}.
 */
public final class MaskHeatMaps {
  private static final int SIDE = 260;
  private static final int CAPTION = 28;

  /** How much of the surroundings of a box is shown. */
  private static final double SURROUNDINGS = 1.3;

  private static final float PHOTO = 0.35f;

  /**
   * An object.
   *
   * @param caption below the panel
   * @param boxXyxy in pixels of the photo
   * @param probabilities {@code side²}, row by row, over the box
   * @param side of the mask
   */
  public record Mask(String caption, float[] boxXyxy, float[] probabilities, int side) {
    /** Checks the lengths. */
    public Mask {
      if (boxXyxy.length != 4 || probabilities.length != side * side) {
        throw new IllegalArgumentException(
            "mask of %s: %s numbers of a box, %s of a mask of side %s"
                .formatted(caption, boxXyxy.length, probabilities.length, side));
      }
    }
  }

  private MaskHeatMaps() {}

  /**
   * Draws the panels row by row.
   *
   * @param photo what the objects were found in
   * @param masks the objects in the order of the panels
   * @param columns panels in a row, at least 1
   * @return one picture; a note if there are no objects
   */
  public static Picture draw(RgbImage photo, List<Mask> masks, int columns) {
    BufferedImage image = Overlay.toBuffered(photo);
    return GroundTruthBeside.contactSheet(
        masks.stream().map(m -> panel(image, m)).toList(), columns);
  }

  private static Picture panel(BufferedImage photo, Mask mask) {
    float[] b = mask.boxXyxy;
    double w = Math.max(1, b[2] - b[0]);
    double h = Math.max(1, b[3] - b[1]);
    double shown = Math.max(w, h) * SURROUNDINGS;
    double left = (b[0] + b[2] - shown) / 2;
    double top = (b[1] + b[3] - shown) / 2;
    double zoom = SIDE / shown;
    BufferedImage out = new BufferedImage(SIDE, SIDE + CAPTION, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        double px = left + (x + 0.5) / zoom;
        double py = top + (y + 0.5) / zoom;
        double p = probability(mask, (px - b[0]) / w, (py - b[1]) / h);
        out.setRGB(x, y, mixed(grey(photo, px, py), p));
      }
    }
    Graphics2D pen = out.createGraphics();
    Overlay.smooth(pen);
    pen.setColor(Color.WHITE);
    pen.fillRect(0, SIDE, SIDE, CAPTION);
    pen.setStroke(new BasicStroke(1.5f));
    pen.draw(new Rectangle2D.Double((b[0] - left) * zoom, (b[1] - top) * zoom, w * zoom, h * zoom));
    pen.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    pen.setFont(ChartStyle.font(Font.PLAIN, 16));
    pen.setColor(ChartStyle.INK);
    pen.drawString(mask.caption, 2, SIDE + CAPTION - 9);
    pen.dispose();
    return new Picture(out);
  }

  /** Bilinear between the centres of the mask's cells; NaN outside of the box. */
  private static double probability(Mask mask, double u, double v) {
    if (u < 0 || u >= 1 || v < 0 || v >= 1) {
      return Double.NaN;
    }
    double x = u * mask.side - 0.5;
    double y = v * mask.side - 0.5;
    int x0 = (int) Math.floor(x);
    int y0 = (int) Math.floor(y);
    double fx = x - x0;
    double fy = y - y0;
    double upper = (1 - fx) * cell(mask, x0, y0) + fx * cell(mask, x0 + 1, y0);
    double lower = (1 - fx) * cell(mask, x0, y0 + 1) + fx * cell(mask, x0 + 1, y0 + 1);
    return (1 - fy) * upper + fy * lower;
  }

  private static float cell(Mask mask, int x, int y) {
    int column = Math.max(0, Math.min(mask.side - 1, x));
    int row = Math.max(0, Math.min(mask.side - 1, y));
    return mask.probabilities[row * mask.side + column];
  }

  /** Brightness of the nearest pixel, 0 to 255; -1 beyond the border. */
  private static int grey(BufferedImage photo, double x, double y) {
    int column = (int) Math.floor(x);
    int row = (int) Math.floor(y);
    if (column < 0 || column >= photo.getWidth() || row < 0 || row >= photo.getHeight()) {
      return -1;
    }
    int rgb = photo.getRGB(column, row);
    return (int)
        Math.round(0.299 * (rgb >> 16 & 255) + 0.587 * (rgb >> 8 & 255) + 0.114 * (rgb & 255));
  }

  private static int mixed(int grey, double probability) {
    if (grey < 0) {
      return 0xffffff;
    }
    if (Double.isNaN(probability)) {
      return grey << 16 | grey << 8 | grey;
    }
    int color = HeatMap.color(probability);
    int rgb = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      rgb |= Math.round(PHOTO * grey + (1 - PHOTO) * (color >> shift & 255)) << shift;
    }
    return rgb;
  }
}
