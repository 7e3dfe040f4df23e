package dev.maskrcnn.tensor.cpu;

import java.util.Arrays;

/**
 * COCO's polygon raster ({@code rleFrPoly} of pycocotools, bit for bit) without run lengths. The
 * outline is walked on a grid five times finer; wherever it passes the centre line of a pixel
 * column, one pixel of that column toggles, and a pixel is inside if an odd number of toggles lies
 * at or before it in column-major order. Only the centre lines are visited: on an edge the walk is
 * monotone, so the step that crosses a line is found directly or by bisection, and a long edge
 * costs no more than a short one.
 *
 * <p>{@code detection.coco} has a raster of the same geometry for the masks of whole images. It
 * takes double coordinates, keeps only the crossings and sorts them into run lengths, because an
 * image has a million pixels; here the mask has a few hundred, all of them are wanted, and the one
 * array is used again for every polygon. Both are held to pycocotools' results.
 */
final class MaskRaster {
  private static final int FINER = 5;

  private final int size;
  private final boolean[] toggle;

  /** A raster of {@code size}×{@code size} pixels. */
  MaskRaster(int size) {
    this.size = size;
    this.toggle = new boolean[size * size + 1];
  }

  /**
   * Sets the pixels inside of a polygon to 1.
   *
   * @param xy points (x, y, …) in pixels of the raster
   * @param mask row-major
   */
  void fill(float[] xy, float[] mask) {
    int points = xy.length / 2;
    Arrays.fill(toggle, false);
    for (int i = 0; i < points; i++) {
      int j = i + 1 == points ? 0 : i + 1;
      edge(fine(xy[2 * i]), fine(xy[2 * i + 1]), fine(xy[2 * j]), fine(xy[2 * j + 1]));
    }
    boolean in = false;
    for (int x = 0; x < size; x++) {
      for (int y = 0; y < size; y++) {
        in ^= toggle[x * size + y];
        if (in) {
          mask[y * size + x] = 1f;
        }
      }
    }
  }

  private static int fine(float pixel) {
    return (int) (FINER * (double) pixel + 0.5);
  }

  private void edge(int x0, int y0, int x1, int y1) {
    int dx = Math.abs(x1 - x0);
    int dy = Math.abs(y1 - y0);
    boolean flat = dx >= dy;
    // The original computes every edge from the end with the smaller coordinate.
    boolean flip = flat ? x0 > x1 : y0 > y1;
    int xs = flip ? x1 : x0;
    int ys = flip ? y1 : y0;
    int xe = flip ? x0 : x1;
    int ye = flip ? y0 : y1;
    int first = Math.max(Math.floorDiv(Math.min(xs, xe) + FINER - 1 - FINER / 2, FINER), 0);
    for (int column = first; column < size; column++) {
      int u = FINER * column + FINER / 2; // the line lies between fine columns u and u + 1
      if (u >= Math.max(xs, xe)) {
        return;
      }
      if (flat) {
        double slope = (double) (ye - ys) / dx;
        int t = u - xs;
        cross(column, Math.min((int) (ys + slope * t + 0.5), (int) (ys + slope * (t + 1) + 0.5)));
      } else {
        cross(column, ys + stepBefore(u, xs, xe, dy));
      }
    }
  }

  /** The last step t of a steep edge on this side of the line between u and u + 1. */
  private static int stepBefore(int u, int xs, int xe, int dy) {
    double slope = (double) (xe - xs) / dy;
    boolean rising = xe > xs;
    int before = 0;
    int after = dy;
    while (after - before > 1) {
      int t = before + after >>> 1;
      boolean beyond = (int) (xs + slope * t + 0.5) > u;
      if (beyond == rising) {
        after = t;
      } else {
        before = t;
      }
    }
    return before;
  }

  private void cross(int column, int v) {
    double y = (v + 0.5) / FINER - 0.5;
    int row = (int) Math.ceil(Math.min(Math.max(y, 0), size));
    toggle[column * size + row] ^= true;
  }
}
