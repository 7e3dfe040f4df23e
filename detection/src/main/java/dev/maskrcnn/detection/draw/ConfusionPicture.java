package dev.maskrcnn.detection.draw;

import dev.maskrcnn.detection.metrics.ConfusionMatrix;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.util.List;

/** A confusion matrix as a grid: rows are shaded by their shares, cells hold counts. */
public final class ConfusionPicture {
  /** Smaller cells have no room for numbers. */
  private static final int LEAST_WITH_NUMBERS = 26;

  private static final int MARGIN = 24;
  private static final int TITLE = 96;
  private static final int AXIS = 34;

  private final ConfusionMatrix matrix;
  private final int cell;
  private final Font font;
  private Graphics2D g;
  private int left;
  private int top;

  private ConfusionPicture(ConfusionMatrix matrix) {
    this.matrix = matrix;
    int n = matrix.names().size();
    this.cell = Math.max(18, Math.min(84, 1000 / n));
    this.font = ChartStyle.font(Font.PLAIN, Math.max(12, Math.min(18, cell / 2 + 2)));
  }

  /**
   * Draws a matrix.
   *
   * @param title of the picture
   * @return the picture; its size grows with the number of categories
   */
  public static Picture draw(String title, ConfusionMatrix matrix) {
    return new ConfusionPicture(matrix).draw(title);
  }

  private Picture draw(String title) {
    BufferedImage probe = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
    FontMetrics metrics = probe.getGraphics().getFontMetrics(font);
    int longest = matrix.names().stream().mapToInt(metrics::stringWidth).max().orElse(0);
    left = MARGIN + AXIS + longest + 10;
    top = TITLE + AXIS + longest + 10;
    int side = cell * matrix.names().size();
    int width = Math.max(left + side + MARGIN, 720);
    BufferedImage image = new BufferedImage(width, top + side + MARGIN, BufferedImage.TYPE_INT_RGB);
    g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, image.getWidth(), image.getHeight());
    text(title, ChartStyle.font(Font.BOLD, 24), MARGIN, 40);
    text(
        "rows: what is there, columns: what was found; shade: share of the row",
        ChartStyle.font(Font.PLAIN, 16),
        MARGIN,
        70);
    text("found", ChartStyle.font(Font.BOLD, 18), left, TITLE + 18);
    turned("there", ChartStyle.font(Font.BOLD, 18), MARGIN + 16, top + Math.min(side, 60));
    names();
    cells();
    g.dispose();
    return new Picture(image);
  }

  private void names() {
    List<String> names = matrix.names();
    FontMetrics metrics = g.getFontMetrics(font);
    int middle = (cell + metrics.getAscent() - metrics.getDescent()) / 2;
    for (int i = 0; i < names.size(); i++) {
      int width = metrics.stringWidth(names.get(i));
      text(names.get(i), font, left - 8 - width, top + i * cell + middle);
      turned(names.get(i), font, left + i * cell + middle, top - 8);
    }
  }

  private void cells() {
    long[][] counts = matrix.counts();
    for (int row = 0; row < counts.length; row++) {
      long sum = 0;
      for (long count : counts[row]) {
        sum += count;
      }
      for (int column = 0; column < counts.length; column++) {
        double share = sum == 0 ? 0 : (double) counts[row][column] / sum;
        cell(row, column, counts[row][column], share);
      }
    }
  }

  /** Green-blue on the diagonal, where it belongs; red-brown elsewhere. */
  private void cell(int row, int column, long count, double share) {
    Color full = row == column ? ChartStyle.color(0) : ChartStyle.color(1);
    int x = left + column * cell;
    int y = top + row * cell;
    g.setColor(mixed(full, share));
    g.fillRect(x, y, cell, cell);
    g.setColor(new Color(0xD0, 0xD4, 0xDA));
    g.drawRect(x, y, cell, cell);
    if (count > 0 && cell >= LEAST_WITH_NUMBERS) {
      String text = count < 10_000 ? Long.toString(count) : count / 1000 + "k";
      Font small = ChartStyle.font(Font.PLAIN, Math.max(10, Math.min(18, cell / 3)));
      FontMetrics metrics = g.getFontMetrics(small);
      g.setColor(share > 0.55 ? Color.WHITE : ChartStyle.INK);
      g.setFont(small);
      g.drawString(
          text,
          x + (cell - metrics.stringWidth(text)) / 2,
          y + (cell + metrics.getAscent() - metrics.getDescent()) / 2);
    }
  }

  private static Color mixed(Color color, double share) {
    return new Color(
        (int) Math.round(255 + (color.getRed() - 255) * share),
        (int) Math.round(255 + (color.getGreen() - 255) * share),
        (int) Math.round(255 + (color.getBlue() - 255) * share));
  }

  private void text(String text, Font of, int x, int y) {
    g.setFont(of);
    g.setColor(ChartStyle.INK);
    g.drawString(text, x, y);
  }

  /** Reads upwards from a point. */
  private void turned(String text, Font of, int x, int y) {
    AffineTransform straight = g.getTransform();
    g.translate(x, y);
    g.rotate(-Math.PI / 2);
    text(text, of, 0, 0);
    g.setTransform(straight);
  }
}
