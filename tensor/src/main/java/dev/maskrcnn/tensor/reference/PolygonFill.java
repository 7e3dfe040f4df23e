package dev.maskrcnn.tensor.reference;

/**
 * COCO's polygon raster in its toggle form: the outline is walked on a grid five times finer; where
 * it passes the centre line of a pixel column, the pixel below the crossing is toggled; a pixel is
 * inside if the number of toggles down to it in column-major order is odd.
 */
final class PolygonFill {
  private static final double FINER = 5;

  private final int height;
  private final int width;
  private final boolean[] toggle;
  private int lastU;
  private int lastV;
  private boolean started;

  private PolygonFill(int height, int width) {
    this.height = height;
    this.width = width;
    this.toggle = new boolean[height * width + 1];
  }

  /** Row-major raster of a polygon (x, y, x, y, …) in pixels. */
  static boolean[] fill(double[] xy, int height, int width) {
    PolygonFill f = new PolygonFill(height, width);
    int points = xy.length / 2;
    for (int i = 0; i < points; i++) {
      int j = (i + 1) % points;
      f.edge(fine(xy[2 * i]), fine(xy[2 * i + 1]), fine(xy[2 * j]), fine(xy[2 * j + 1]));
    }
    boolean[] inside = new boolean[height * width];
    boolean in = false;
    for (int k = 0; k < inside.length; k++) {
      in ^= f.toggle[k];
      inside[k % height * width + k / height] = in;
    }
    return inside;
  }

  private static int fine(double pixel) {
    return (int) (FINER * pixel + 0.5);
  }

  /** Walks along the longer axis, always computing from the end with the smaller coordinate. */
  private void edge(int x0, int y0, int x1, int y1) {
    int dx = Math.abs(x1 - x0);
    int dy = Math.abs(y1 - y0);
    boolean flat = dx >= dy;
    boolean flip = flat ? x0 > x1 : y0 > y1;
    int xs = flip ? x1 : x0;
    int ys = flip ? y1 : y0;
    double slope =
        flat ? (double) ((flip ? y0 : y1) - ys) / dx : (double) ((flip ? x0 : x1) - xs) / dy;
    int steps = Math.max(dx, dy);
    if (steps == 0) {
      return; // a point has no slope and crosses nothing
    }
    for (int d = 0; d <= steps; d++) {
      int t = flip ? steps - d : d;
      if (flat) {
        point(xs + t, (int) (ys + slope * t + 0.5));
      } else {
        point((int) (xs + slope * t + 0.5), ys + t);
      }
    }
  }

  private void point(int u, int v) {
    if (started && u != lastU) {
      cross(u < lastU ? u : u - 1, Math.min(v, lastV));
    }
    started = true;
    lastU = u;
    lastV = v;
  }

  /** Toggles where the outline passes from fine column u to u + 1, if a centre line lies there. */
  private void cross(int u, int v) {
    double column = (u + 0.5) / FINER - 0.5;
    if (Math.floor(column) != column || column < 0 || column > width - 1) {
      return;
    }
    double row = Math.ceil(Math.min(Math.max((v + 0.5) / FINER - 0.5, 0), height));
    toggle[((int) column) * height + (int) row] ^= true;
  }
}
