package dev.maskrcnn.detection.draw;

import dev.maskrcnn.autograd.Entry;
import dev.maskrcnn.autograd.Leaf;
import dev.maskrcnn.autograd.Node;
import dev.maskrcnn.autograd.NodeInput;
import dev.maskrcnn.autograd.Tape;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.geom.CubicCurve2D;
import java.awt.geom.Path2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A small tape as a graph, from the leaves on the left to the losses on the right. A column holds
 * what has the same longest path from the leaves. For whole models, {@code maskrcnn inspect} makes
 * pages that fold.
 */
public final class TapePicture {
  private static final int MARGIN = 24;
  private static final int PAD = 12;
  private static final int ROW_GAP = 26;
  private static final int COLUMN_GAP = 64;
  private static final Color LEAF = new Color(0xE5, 0xF2, 0xEC);
  private static final Color NODE = new Color(0xEA, 0xF1, 0xF8);
  private static final Color BORDER = new Color(0x8A, 0x96, 0xA3);

  /** An entry with its text and place. */
  private static final class Box {
    final Entry entry;
    final List<String> lines;
    int column;
    double wish;
    int x;
    int y;
    int width;
    int height;

    Box(Entry entry, List<String> lines) {
      this.entry = entry;
      this.lines = lines;
    }
  }

  private final Map<Integer, Box> boxes = new HashMap<>();
  private final List<List<Box>> columns = new ArrayList<>();

  private TapePicture() {}

  /**
   * Draws a tape.
   *
   * @param tape any; more than about forty entries are hard to read
   * @param notes a line under an entry, by its id: a value, a gradient
   */
  public static Picture of(Tape tape, Map<Integer, String> notes) {
    TapePicture picture = new TapePicture();
    for (Entry e : tape.entries()) {
      picture.place(e, notes.get(e.id()));
    }
    return picture.draw();
  }

  private void place(Entry entry, String note) {
    List<String> lines = new ArrayList<>();
    lines.add(entry instanceof Node n ? n.op().getClass().getSimpleName() : entry.label());
    lines.add(entry.spec().toString());
    if (note != null) {
      lines.addAll(note.lines().toList());
    }
    Box box = new Box(entry, lines);
    if (entry instanceof Node node) {
      int inputs = 0;
      for (NodeInput o : node.inputs()) {
        Box from = boxes.get(o.id());
        if (from != null) {
          box.column = Math.max(box.column, from.column + 1);
          box.wish += columns.get(from.column).indexOf(from);
          inputs++;
        }
      }
      box.wish /= Math.max(1, inputs);
    } else {
      box.wish = boxes.size();
    }
    while (columns.size() <= box.column) {
      columns.add(new ArrayList<>());
    }
    columns.get(box.column).add(box);
    boxes.put(entry.id(), box);
  }

  private Picture draw() {
    Graphics2D ruler = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
    ruler.setFont(ChartStyle.font(Font.PLAIN, 15));
    int[] size = layout(ruler.getFontMetrics());
    ruler.dispose();
    BufferedImage image = new BufferedImage(size[0], size[1], BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    try {
      Overlay.smooth(pen);
      pen.setColor(Color.WHITE);
      pen.fillRect(0, 0, size[0], size[1]);
      boxes.values().forEach(b -> edges(pen, b));
      boxes.values().forEach(b -> paint(pen, b));
    } finally {
      pen.dispose();
    }
    return new Picture(image);
  }

  /** Places all boxes; returns width and height of the picture. */
  private int[] layout(FontMetrics metrics) {
    int x = MARGIN;
    int height = 0;
    for (List<Box> column : columns) {
      column.sort((a, b) -> Double.compare(a.wish, b.wish));
      int widest = 0;
      int y = 0;
      for (Box b : column) {
        b.width = 2 * PAD;
        for (String line : b.lines) {
          b.width = Math.max(b.width, metrics.stringWidth(line) + 2 * PAD);
        }
        b.height = metrics.getHeight() * b.lines.size() + PAD;
        b.x = x;
        b.y = y;
        y += b.height + ROW_GAP;
        widest = Math.max(widest, b.width);
      }
      height = Math.max(height, y - ROW_GAP);
      x += widest + COLUMN_GAP;
    }
    for (List<Box> column : columns) {
      Box last = column.get(column.size() - 1);
      int offset = MARGIN + (height - last.y - last.height) / 2;
      column.forEach(b -> b.y += offset);
    }
    return new int[] {Math.max(1, x - COLUMN_GAP + MARGIN), height + 2 * MARGIN};
  }

  private void edges(Graphics2D pen, Box to) {
    if (!(to.entry instanceof Node node)) {
      return;
    }
    pen.setStroke(new BasicStroke(1.8f));
    for (NodeInput o : node.inputs()) {
      Box from = boxes.get(o.id());
      if (from != null) {
        double x1 = from.x + from.width;
        double y1 = from.y + from.height / 2.0;
        double x2 = to.x - 7;
        double y2 = to.y + to.height / 2.0;
        double bend = Math.max(24, (x2 - x1) / 2);
        pen.setColor(BORDER);
        pen.draw(new CubicCurve2D.Double(x1, y1, x1 + bend, y1, x2 - bend, y2, x2, y2));
        Path2D head = new Path2D.Double();
        head.moveTo(x2 + 7, y2);
        head.lineTo(x2 - 2, y2 - 5);
        head.lineTo(x2 - 2, y2 + 5);
        head.closePath();
        pen.fill(head);
      }
    }
  }

  private static void paint(Graphics2D pen, Box b) {
    RoundRectangle2D shape = new RoundRectangle2D.Double(b.x, b.y, b.width, b.height, 10, 10);
    pen.setColor(b.entry instanceof Leaf ? LEAF : NODE);
    pen.fill(shape);
    pen.setColor(BORDER);
    pen.setStroke(new BasicStroke(1.2f));
    pen.draw(shape);
    pen.setColor(ChartStyle.INK);
    for (int i = 0; i < b.lines.size(); i++) {
      pen.setFont(ChartStyle.font(i == 0 ? Font.BOLD : Font.PLAIN, 15));
      FontMetrics metrics = pen.getFontMetrics();
      int y = b.y + PAD / 2 + metrics.getAscent() + i * metrics.getHeight();
      pen.drawString(b.lines.get(i), b.x + PAD, y);
    }
  }
}
