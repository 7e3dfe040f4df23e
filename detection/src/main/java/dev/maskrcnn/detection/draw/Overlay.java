package dev.maskrcnn.detection.draw;

import dev.maskrcnn.detection.image.RgbImage;
import java.awt.AlphaComposite;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Composite;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Draws instances on an image: translucent masks with crisp outlines, boxes, and tags with name and
 * score. Large objects are drawn first so that small ones stay visible; tags come last.
 */
public final class Overlay {
  private final int width;
  private final int height;
  private final DrawStyle style;
  private final double zoom;
  private final float line;
  private final Graphics2D pen;

  private Overlay(RgbImage image, DrawStyle style, double zoom, Graphics2D pen) {
    this.width = image.width();
    this.height = image.height();
    this.style = style;
    this.zoom = zoom;
    this.pen = pen;
    this.line = (float) Math.max(1, Math.sqrt(width * zoom * height * zoom) / 380);
  }

  /** One instance with what is needed to draw it, in picture coordinates. */
  private record Item(DrawnInstance instance, Color color, Shape outline, Rectangle2D box) {
    double extent() {
      return box.getWidth() * box.getHeight();
    }
  }

  /**
   * @param image what the instances were found in
   * @param instances in any order
   * @param style how it is to look
   * @return the picture, {@code zoom} times the image's size
   * @throws IllegalArgumentException if a mask is not of the image's size
   */
  public static Picture draw(RgbImage image, List<DrawnInstance> instances, DrawStyle style) {
    double zoom = style.zoomFor(image.width(), image.height());
    BufferedImage canvas = enlarged(toBuffered(image), zoom);
    Graphics2D pen = canvas.createGraphics();
    try {
      smooth(pen);
      Overlay overlay = new Overlay(image, style, zoom, pen);
      overlay.paint(overlay.items(instances));
    } finally {
      pen.dispose();
    }
    return new Picture(canvas);
  }

  /** The image as {@code TYPE_INT_RGB}. */
  static BufferedImage toBuffered(RgbImage image) {
    BufferedImage out =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    int[] packed = ((DataBufferInt) out.getRaster().getDataBuffer()).getData();
    byte[] rgb = image.pixels();
    for (int i = 0, j = 0; i < packed.length; i++, j += 3) {
      packed[i] = (rgb[j] & 255) << 16 | (rgb[j + 1] & 255) << 8 | rgb[j + 2] & 255;
    }
    return out;
  }

  /** The image in another size; a whole-numbered zoom keeps its pixels visible as squares. */
  static BufferedImage enlarged(BufferedImage image, double zoom) {
    if (zoom == 1) {
      return image;
    }
    int w = (int) Math.max(1, Math.round(image.getWidth() * zoom));
    int h = (int) Math.max(1, Math.round(image.getHeight() * zoom));
    BufferedImage out = new BufferedImage(w, h, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = out.createGraphics();
    pen.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION,
        zoom == Math.rint(zoom)
            ? RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR
            : RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    pen.drawImage(image, 0, 0, w, h, null);
    pen.dispose();
    return out;
  }

  static void smooth(Graphics2D pen) {
    pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    pen.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    pen.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
  }

  private List<Item> items(List<DrawnInstance> instances) {
    AffineTransform scaling = AffineTransform.getScaleInstance(zoom, zoom);
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < instances.size(); i++) {
      DrawnInstance instance = instances.get(i);
      Shape outline = new Path2D.Double();
      if (instance.hasMask()) {
        checkMask(instance, i);
        outline = MaskOutline.of(instance.maskRowMajor(), width, height);
        outline = scaling.createTransformedShape(outline);
      }
      Rectangle2D box = scaling.createTransformedShape(box(instance)).getBounds2D();
      items.add(new Item(instance, style.colors().of(instance, i), outline, box));
    }
    return items;
  }

  private void checkMask(DrawnInstance instance, int index) {
    if (instance.maskRowMajor().length != (long) width * height) {
      throw new IllegalArgumentException(
          "overlay: mask of instance %s (%s) has %s bytes, expected %s for an image of %sx%s"
              .formatted(
                  index,
                  instance.name(),
                  instance.maskRowMajor().length,
                  (long) width * height,
                  width,
                  height));
    }
  }

  /** The part of an instance's box inside the image; that of its mask if it has no box. */
  private Rectangle2D box(DrawnInstance instance) {
    if (!instance.hasBox()) {
      return instance.hasMask()
          ? MaskOutline.bounds(instance.maskRowMajor(), width, height)
          : new Rectangle2D.Double();
    }
    float[] b = instance.boxXyxy();
    if (Float.isNaN(b[0] + b[1] + b[2] + b[3])) {
      return new Rectangle2D.Double();
    }
    double x0 = Math.max(0, Math.min(b[0], width));
    double y0 = Math.max(0, Math.min(b[1], height));
    double x1 = Math.max(x0, Math.min(b[2], width));
    double y1 = Math.max(y0, Math.min(b[3], height));
    return new Rectangle2D.Double(x0, y0, x1 - x0, y1 - y0);
  }

  private void paint(List<Item> items) {
    List<Item> largeFirst = new ArrayList<>(items);
    largeFirst.sort(Comparator.comparingDouble(Item::extent).reversed());
    for (Item item : largeFirst) {
      paintMask(item);
    }
    if (style.boxes()) {
      for (Item item : largeFirst) {
        paintBox(item);
      }
    }
    if (style.labels()) {
      paintTags(items);
    }
  }

  private void paintMask(Item item) {
    Composite opaque = pen.getComposite();
    pen.setColor(item.color);
    pen.setComposite(
        AlphaComposite.getInstance(AlphaComposite.SRC_OVER, (float) style.maskOpacity()));
    pen.fill(item.outline);
    pen.setComposite(opaque);
    // Light inside of dark keeps the outline visible on any background.
    pen.setStroke(new BasicStroke(2.2f * line, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    pen.setColor(new Color(0, 0, 0, 90));
    pen.draw(item.outline);
    pen.setStroke(new BasicStroke(1.2f * line, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    pen.setColor(lighter(item.color));
    pen.draw(item.outline);
  }

  private void paintBox(Item item) {
    if (!item.instance.hasBox()) {
      return;
    }
    // Lines at the border of the picture would be cut in half.
    double inset = line / 2;
    Rectangle2D box =
        new Rectangle2D.Double(
            Math.max(inset, item.box.getX()), Math.max(inset, item.box.getY()), 0, 0);
    box.add(
        Math.min(width * zoom - inset, item.box.getMaxX()),
        Math.min(height * zoom - inset, item.box.getMaxY()));
    pen.setStroke(new BasicStroke(line, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
    pen.setColor(item.color);
    pen.draw(box);
  }

  private void paintTags(List<Item> items) {
    float points = (float) Math.max(9, Math.min(40, 9.5 * Math.sqrt(line * 1.4)));
    pen.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 1).deriveFont(points));
    FontMetrics metrics = pen.getFontMetrics();
    double pad = Math.max(1.5, points * 0.22);
    double tagHeight = metrics.getAscent() + metrics.getDescent() + pad;
    TagLayout layout = new TagLayout(width * zoom, height * zoom);
    List<Item> surestFirst = new ArrayList<>(items);
    surestFirst.sort(Comparator.comparingDouble((Item item) -> -item.instance.score()));
    for (Item item : surestFirst) {
      String text = fitting(item.instance.label(), metrics, width * zoom - 2 * pad);
      Rectangle2D tag = layout.place(item.box, metrics.stringWidth(text) + 2 * pad, tagHeight);
      pen.setColor(darker(item.color));
      pen.fill(
          new RoundRectangle2D.Double(
              tag.getX(), tag.getY(), tag.getWidth(), tag.getHeight(), pad, pad));
      pen.setColor(Color.WHITE);
      float baseline = (float) (tag.getY() + pad / 2 + metrics.getAscent());
      pen.drawString(text, (float) (tag.getX() + pad), baseline);
    }
  }

  /** The text, cut at the end if it is wider than the picture. */
  private static String fitting(String text, FontMetrics metrics, double room) {
    String cut = text;
    while (cut.length() > 1 && metrics.stringWidth(cut) > room) {
      cut = cut.substring(0, cut.length() - 1);
    }
    return cut;
  }

  private static Color lighter(Color c) {
    return new Color(toward(c.getRed(), 255), toward(c.getGreen(), 255), toward(c.getBlue(), 255));
  }

  /** Dark enough for white text. */
  private static Color darker(Color c) {
    double luma = (0.299 * c.getRed() + 0.587 * c.getGreen() + 0.114 * c.getBlue()) / 255;
    double f = Math.min(0.85, 0.36 / Math.max(0.05, luma));
    return new Color((int) (c.getRed() * f), (int) (c.getGreen() * f), (int) (c.getBlue() * f));
  }

  private static int toward(int value, int goal) {
    return value + (goal - value) * 35 / 100;
  }
}
