package dev.maskrcnn.detection.draw;

import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;

/**
 * The boundary of a bitmap as closed paths: the edges between set and clear pixels, walked with the
 * set pixels on the right, each edge reduced to its midpoint. Corners are thereby cut at 45
 * degrees, which draws smoother than the staircase at every zoom; holes are paths of their own
 * (even-odd).
 */
final class MaskOutline {
  private static final int[] DX = {1, 0, -1, 0};
  private static final int[] DY = {0, 1, 0, -1};

  private final byte[] mask;
  private final int width;
  private final int height;

  private MaskOutline(byte[] mask, int width, int height) {
    this.mask = mask;
    this.width = width;
    this.height = height;
  }

  /** The outline of a row-major bitmap in pixel-corner coordinates; empty if nothing is set. */
  static Path2D.Double of(byte[] mask, int width, int height) {
    return new MaskOutline(mask, width, height).trace();
  }

  /** The box around the set pixels; empty if nothing is set. */
  static Rectangle2D bounds(byte[] mask, int width, int height) {
    int x0 = width;
    int y0 = height;
    int x1 = 0;
    int y1 = 0;
    for (int y = 0, i = 0; y < height; y++) {
      for (int x = 0; x < width; x++, i++) {
        if (mask[i] != 0) {
          x0 = Math.min(x0, x);
          x1 = Math.max(x1, x + 1);
          y0 = Math.min(y0, y);
          y1 = y + 1;
        }
      }
    }
    return new Rectangle2D.Double(x0, y0, Math.max(0, x1 - x0), Math.max(0, y1 - y0));
  }

  private Path2D.Double trace() {
    Path2D.Double path = new Path2D.Double(Path2D.WIND_EVEN_ODD);
    boolean[] walked = new boolean[mask.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        // Every loop has a top edge, walked rightwards; it is where the walk starts.
        if (set(x, y) && !set(x, y - 1) && !walked[y * width + x]) {
          walk(path, walked, x, y);
        }
      }
    }
    return path;
  }

  /** Follows one loop from the top edge of pixel (x, y). */
  private void walk(Path2D.Double path, boolean[] walked, int x, int y) {
    int cx = x;
    int cy = y;
    int direction = 0;
    boolean first = true;
    do {
      if (direction == 0) {
        walked[cy * width + cx] = true;
      }
      double mx = cx + 0.5 * DX[direction];
      double my = cy + 0.5 * DY[direction];
      if (first) {
        path.moveTo(mx, my);
        first = false;
      } else {
        path.lineTo(mx, my);
      }
      cx += DX[direction];
      cy += DY[direction];
      direction = turn(cx, cy, direction);
    } while (cx != x || cy != y || direction != 0);
    path.closePath();
  }

  /** The way on from a pixel corner: diagonal neighbours are kept apart. */
  private int turn(int cx, int cy, int direction) {
    boolean left = ahead(cx, cy, direction, true);
    boolean right = ahead(cx, cy, direction, false);
    if (!right) {
      return (direction + 1) & 3;
    }
    return left ? (direction + 3) & 3 : direction;
  }

  /** Whether the pixel ahead of a corner, to the left or right of the way, is set. */
  private boolean ahead(int cx, int cy, int direction, boolean left) {
    int side = left ? (direction + 3) & 3 : (direction + 1) & 3;
    int px = cx + (DX[direction] + DX[side] - 1) / 2;
    int py = cy + (DY[direction] + DY[side] - 1) / 2;
    return set(px, py);
  }

  private boolean set(int x, int y) {
    return x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] != 0;
  }
}
