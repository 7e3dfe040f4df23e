package dev.maskrcnn.detection.draw;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;

/** Pictures side by side, each with a caption: before and after, stage by stage. */
public final class Panels {
  private static final int GAP = 14;
  private static final int CAPTION = 30;

  private Panels() {}

  /**
   * A row of pictures, top edges in line.
   *
   * @param pictures at least one, at their own sizes
   * @param captions one for each, shown below; may be empty texts
   * @throws IllegalArgumentException if there are no pictures, or not as many captions
   */
  public static Picture row(List<Picture> pictures, List<String> captions) {
    if (pictures.isEmpty() || pictures.size() != captions.size()) {
      throw new IllegalArgumentException(
          "panels: %s pictures and %s captions".formatted(pictures.size(), captions.size()));
    }
    int width = GAP;
    int height = 0;
    for (Picture p : pictures) {
      width += p.image().getWidth() + GAP;
      height = Math.max(height, p.image().getHeight());
    }
    BufferedImage canvas =
        new BufferedImage(width, height + 2 * GAP + CAPTION, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = canvas.createGraphics();
    try {
      pen.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      pen.setColor(Color.WHITE);
      pen.fillRect(0, 0, canvas.getWidth(), canvas.getHeight());
      pen.setFont(ChartStyle.font(Font.PLAIN, 16));
      pen.setColor(ChartStyle.INK);
      int x = GAP;
      for (int i = 0; i < pictures.size(); i++) {
        BufferedImage image = pictures.get(i).image();
        pen.drawImage(image, x, GAP, null);
        pen.drawString(captions.get(i), x + 2, GAP + height + CAPTION - 8);
        x += image.getWidth() + GAP;
      }
    } finally {
      pen.dispose();
    }
    return new Picture(canvas);
  }
}
