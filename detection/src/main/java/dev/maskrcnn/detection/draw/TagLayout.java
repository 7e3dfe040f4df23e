package dev.maskrcnn.detection.draw;

import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds places for tags: beside their box, inside the picture, and off each other where that is
 * easy.
 */
final class TagLayout {
  private final Rectangle2D frame;
  private final List<Rectangle2D> taken = new ArrayList<>();

  TagLayout(double width, double height) {
    this.frame = new Rectangle2D.Double(0, 0, width, height);
  }

  /** The place of a tag of that size for a box; the first of the usual places that is free. */
  Rectangle2D place(Rectangle2D box, double width, double height) {
    double left = box.getX();
    double right = box.getMaxX() - width;
    double above = box.getY() - height;
    double below = box.getMaxY();
    double[][] places = {
      {left, above},
      {left, box.getY()},
      {right, above},
      {left, below},
      {right, below},
      {box.getMaxX(), box.getY()},
      {box.getX() - width, box.getY()},
      {left, below - height},
      {right, box.getY()},
      {box.getCenterX() - width / 2, box.getCenterY() - height / 2},
      {left, above - height},
      {left, below + height},
      {left, above - 2 * height},
      {left, below + 2 * height},
    };
    Rectangle2D best = null;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < places.length && least > 0; i++) {
      Rectangle2D tag = inFrame(places[i][0], places[i][1], width, height);
      double moved = Math.abs(tag.getX() - places[i][0]) + Math.abs(tag.getY() - places[i][1]);
      // A tag that had to be pushed back into the picture by more than its height is a poor place.
      double cost = covered(tag) + (moved > height / 2 ? 0.3 * width * height : 0);
      if (cost < least) {
        least = cost;
        best = tag;
      }
    }
    taken.add(best);
    return best;
  }

  private Rectangle2D inFrame(double x, double y, double width, double height) {
    double x0 = Math.max(0, Math.min(x, frame.getWidth() - width));
    double y0 = Math.max(0, Math.min(y, frame.getHeight() - height));
    return new Rectangle2D.Double(x0, y0, width, height);
  }

  private double covered(Rectangle2D tag) {
    double sum = 0;
    for (Rectangle2D other : taken) {
      Rectangle2D both = tag.createIntersection(other);
      if (both.getWidth() > 0 && both.getHeight() > 0) {
        sum += both.getWidth() * both.getHeight();
      }
    }
    return sum;
  }
}
