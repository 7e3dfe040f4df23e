package dev.maskrcnn.detection.draw;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A matrix of numbers as a picture of coloured cells: white is zero, blue is negative, orange is
 * positive, so that two maps of one scale can be compared by eye. Small matrices also show the
 * numbers. Points and boxes in cell coordinates can be laid over it.
 */
public final class MatrixPicture {
  /** Up to so many cells a side have their numbers written into them. */
  private static final int MOST_NUMBERED = 14;

  private static final int LARGEST_SIDE = 720;
  private static final int MARGIN = 16;
  private static final int TITLE = 40;
  private static final Color POSITIVE = new Color(0xC4, 0x4E, 0x00);
  private static final Color NEGATIVE = new Color(0x00, 0x5A, 0x9C);
  private static final Color MARK = new Color(0x00, 0x9E, 0x73);

  private final String title;
  private final float[] values;
  private final int height;
  private final int width;
  private final double scale;
  private final List<double[]> points = new ArrayList<>();
  private final List<double[]> boxes = new ArrayList<>();

  private MatrixPicture(String title, float[] values, int height, int width, double scale) {
    this.title = title;
    this.values = values;
    this.height = height;
    this.width = width;
    this.scale = scale;
  }

  /**
   * A map whose strongest colour is its own largest magnitude.
   *
   * @param title shown above
   * @param values row-major, height·width of them; NaN is drawn black
   * @throws IllegalArgumentException if the number of values does not fit
   */
  public static MatrixPicture of(String title, float[] values, int height, int width) {
    double largest = 0;
    for (float v : values) {
      largest = Float.isFinite(v) ? Math.max(largest, Math.abs(v)) : largest;
    }
    return of(title, values, height, width, largest);
  }

  /**
   * A map whose strongest colour stands for a given magnitude.
   *
   * @param scale that magnitude; values beyond it look like it
   * @throws IllegalArgumentException if the number of values does not fit
   */
  public static MatrixPicture of(
      String title, float[] values, int height, int width, double scale) {
    if (height < 1 || width < 1 || values.length != height * width) {
      throw new IllegalArgumentException(
          "matrix %s: %s values do not make %s rows of %s"
              .formatted(title, values.length, height, width));
    }
    return new MatrixPicture(title, values.clone(), height, width, scale > 0 ? scale : 1);
  }

  /** Adds a dot; (0, 0) is the centre of the first cell, as in RoIAlign's sampling. */
  public MatrixPicture point(double x, double y) {
    points.add(new double[] {x, y});
    return this;
  }

  /** Adds a box by its corners, in the coordinates of {@link #point}. */
  public MatrixPicture box(double x1, double y1, double x2, double y2) {
    boxes.add(new double[] {x1, y1, x2, y2});
    return this;
  }

  /** The finished picture. */
  public Picture draw() {
    double cell = Math.max(1, Math.min(80, Math.floor(LARGEST_SIDE / (double) longest())));
    int w = (int) (cell * width) + 2 * MARGIN;
    int h = (int) (cell * height) + MARGIN + TITLE;
    BufferedImage image = new BufferedImage(Math.max(w, 260), h, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    try {
      Overlay.smooth(pen);
      pen.setColor(Color.WHITE);
      pen.fillRect(0, 0, image.getWidth(), h);
      pen.setColor(ChartStyle.INK);
      pen.setFont(ChartStyle.font(Font.BOLD, 17));
      pen.drawString(title, MARGIN, 26);
      pen.translate(MARGIN, TITLE);
      cells(pen, cell);
      marks(pen, cell);
    } finally {
      pen.dispose();
    }
    return new Picture(image);
  }

  private int longest() {
    return Math.max(height, width);
  }

  private void cells(Graphics2D pen, double cell) {
    pen.setFont(ChartStyle.font(Font.PLAIN, (int) Math.max(9, cell / 4)));
    FontMetrics metrics = pen.getFontMetrics();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        float v = values[y * width + x];
        Rectangle2D square = new Rectangle2D.Double(x * cell, y * cell, cell, cell);
        pen.setColor(color(v));
        pen.fill(square);
        if (longest() <= MOST_NUMBERED) {
          pen.setColor(new Color(0, 0, 0, 30));
          pen.draw(square);
          pen.setColor(Math.abs(v) > 0.6 * scale ? Color.WHITE : ChartStyle.INK);
          String text = number(v);
          float left = (float) (x * cell + (cell - metrics.stringWidth(text)) / 2);
          pen.drawString(text, left, (float) (y * cell + cell / 2 + metrics.getAscent() / 2.5));
        }
      }
    }
  }

  private void marks(Graphics2D pen, double cell) {
    pen.setColor(MARK);
    pen.setStroke(new BasicStroke(2.5f));
    for (double[] b : boxes) {
      pen.draw(
          new Rectangle2D.Double(
              (b[0] + 0.5) * cell,
              (b[1] + 0.5) * cell,
              (b[2] - b[0]) * cell,
              (b[3] - b[1]) * cell));
    }
    double r = Math.max(2, Math.min(5, cell / 9));
    for (double[] p : points) {
      double x = (p[0] + 0.5) * cell;
      double y = (p[1] + 0.5) * cell;
      pen.setColor(Color.WHITE);
      pen.fill(new Ellipse2D.Double(x - r - 1, y - r - 1, 2 * r + 2, 2 * r + 2));
      pen.setColor(MARK);
      pen.fill(new Ellipse2D.Double(x - r, y - r, 2 * r, 2 * r));
    }
  }

  private static String number(float v) {
    if (v == Math.rint(v) && Math.abs(v) < 1000) {
      return String.valueOf((int) v);
    }
    return String.format(Locale.ROOT, Math.abs(v) < 10 ? "%.2f" : "%.3g", v);
  }

  private Color color(float v) {
    if (Float.isNaN(v)) {
      return Color.BLACK;
    }
    // The root lets small values be seen.
    double strength = Math.sqrt(Math.min(1, Math.abs(v) / scale));
    Color end = v < 0 ? NEGATIVE : POSITIVE;
    return new Color(
        mix(end.getRed(), strength), mix(end.getGreen(), strength), mix(end.getBlue(), strength));
  }

  private static int mix(int end, double strength) {
    return (int) Math.round(255 + (end - 255) * strength);
  }
}
