package dev.maskrcnn.detection.draw;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Ground truth (left) and prediction (right) of an image under one title, and sheets of many. */
public final class GroundTruthBeside {
  private static final Color PAPER = Color.WHITE;
  private static final Color INK = new Color(0x22, 0x26, 0x2B);
  private static final Color FAINT = new Color(0x6B, 0x73, 0x7C);
  private static final int GAP = 8;

  private GroundTruthBeside() {}

  /**
   * @param comparison image, truth and prediction
   * @param style of both overlays; {@code withZoom(0)} suits images of any size
   * @return the two overlays with captions
   */
  public static Picture draw(Comparison comparison, DrawStyle style) {
    BufferedImage left = overlay(comparison, comparison.truth(), style);
    BufferedImage right = overlay(comparison, comparison.predicted(), style);
    int text = Math.max(12, Math.min(28, left.getWidth() / 24));
    int caption = text + GAP;
    boolean titled = !comparison.title().isEmpty();
    int top = caption + (titled ? caption : 0);
    int w = left.getWidth() + right.getWidth() + 3 * GAP;
    BufferedImage out = paper(w, top + left.getHeight() + GAP);
    Graphics2D pen = pen(out, text);
    int second = left.getWidth() + 2 * GAP;
    if (titled) {
      write(pen, comparison.title(), GAP, caption - GAP / 2, w - 2 * GAP);
    }
    pen.setFont(pen.getFont().deriveFont(Font.PLAIN));
    pen.setColor(FAINT);
    int room = left.getWidth();
    write(pen, caption("ground truth", comparison.truth()), GAP, top - GAP, room);
    write(pen, caption("prediction", comparison.predicted()), second, top - GAP, room);
    pen.drawImage(left, GAP, top, null);
    pen.drawImage(right, second, top, null);
    pen.dispose();
    return new Picture(out);
  }

  /**
   * @param comparisons the images, row by row
   * @param columns pairs in a row, at least 1
   * @param style of all overlays
   * @return one picture; a short note if there are no comparisons
   */
  public static Picture sheet(List<Comparison> comparisons, int columns, DrawStyle style) {
    List<BufferedImage> cells = new ArrayList<>();
    for (Comparison comparison : comparisons) {
      cells.add(draw(comparison, style).image());
    }
    return sheet(cells, columns);
  }

  /**
   * Lays pictures out in rows; each cell has the size of the largest and pictures are centred.
   *
   * @param pictures the pictures, row by row
   * @param columns pictures in a row, at least 1
   * @return one picture
   */
  public static Picture contactSheet(List<Picture> pictures, int columns) {
    return sheet(pictures.stream().map(Picture::image).toList(), columns);
  }

  private static Picture sheet(List<BufferedImage> cells, int columns) {
    if (columns < 1) {
      throw new IllegalArgumentException(
          "contact sheet: columns must be at least 1, got " + columns);
    }
    if (cells.isEmpty()) {
      return nothing();
    }
    int across = Math.min(columns, cells.size());
    int down = (cells.size() + across - 1) / across;
    int w = cells.stream().mapToInt(BufferedImage::getWidth).max().orElseThrow();
    int h = cells.stream().mapToInt(BufferedImage::getHeight).max().orElseThrow();
    BufferedImage out = paper(across * (w + GAP) + GAP, down * (h + GAP) + GAP);
    Graphics2D pen = out.createGraphics();
    for (int i = 0; i < cells.size(); i++) {
      BufferedImage cell = cells.get(i);
      int x = GAP + i % across * (w + GAP) + (w - cell.getWidth()) / 2;
      int y = GAP + i / across * (h + GAP) + (h - cell.getHeight()) / 2;
      pen.drawImage(cell, x, y, null);
    }
    pen.dispose();
    return new Picture(out);
  }

  private static Picture nothing() {
    BufferedImage out = paper(320, 64);
    Graphics2D pen = pen(out, 16);
    write(pen, "no images", GAP, 38, 300);
    pen.dispose();
    return new Picture(out);
  }

  private static BufferedImage overlay(
      Comparison comparison, List<DrawnInstance> instances, DrawStyle style) {
    return Overlay.draw(comparison.image(), instances, style).image();
  }

  private static String caption(String what, List<DrawnInstance> instances) {
    return what + ": " + instances.size() + (instances.size() == 1 ? " object" : " objects");
  }

  private static BufferedImage paper(int width, int height) {
    BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = out.createGraphics();
    pen.setColor(PAPER);
    pen.fillRect(0, 0, width, height);
    pen.dispose();
    return out;
  }

  private static Graphics2D pen(BufferedImage on, int points) {
    Graphics2D pen = on.createGraphics();
    Overlay.smooth(pen);
    pen.setFont(new Font(Font.SANS_SERIF, Font.BOLD, points));
    pen.setColor(INK);
    return pen;
  }

  private static void write(Graphics2D pen, String text, int x, int baseline, int room) {
    FontMetrics metrics = pen.getFontMetrics();
    String cut = text;
    while (cut.length() > 2 && metrics.stringWidth(cut) > room) {
      cut = cut.substring(0, cut.length() - 2) + "…";
    }
    pen.drawString(cut, x, baseline);
  }
}
