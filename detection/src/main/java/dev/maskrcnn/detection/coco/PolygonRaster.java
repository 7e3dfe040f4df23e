package dev.maskrcnn.detection.coco;

import java.util.Arrays;

/**
 * COCO's polygon rasteriser ({@code rleFrPoly} of maskApi.c), in double precision.
 *
 * <p>Points are rounded to a grid of a fifth of a pixel. Each edge is drawn on that grid along its
 * longer axis; where the drawn line steps over the middle of a pixel column (from grid column 5c+2
 * to 5c+3), the mask changes its value in column c from the row of the step downwards. Only these
 * steps are computed here, not the whole line: the cost of an edge is the number of pixel columns
 * that it crosses.
 *
 * <p>The mask targets of training have a kernel of their own in {@code tensor.cpu}: single
 * precision, a few hundred pixels, dense output. This one is for whole images and never touches a
 * pixel.
 */
final class PolygonRaster {
  private static final int SCALE = 5;

  private final int height;
  private final int width;
  private int[] crossings = new int[64];
  private int size;

  private PolygonRaster(int height, int width) {
    this.height = height;
    this.width = width;
  }

  static Rle rasterise(double[] xy, int height, int width) {
    if (xy.length < 6 || (xy.length & 1) == 1) {
      throw new CocoFormatException(
          "polygon: %s numbers, expected an even count and at least 6 (three points)"
              .formatted(xy.length));
    }
    PolygonRaster raster = new PolygonRaster(height, width);
    int last = xy.length - 2;
    int x0 = grid(xy[last]);
    int y0 = grid(xy[last + 1]);
    for (int i = 0; i < xy.length; i += 2) {
      int x1 = grid(xy[i]);
      int y1 = grid(xy[i + 1]);
      raster.edge(x0, y0, x1, y1);
      x0 = x1;
      y0 = y1;
    }
    return raster.finish();
  }

  private static int grid(double v) {
    if (!Double.isFinite(v)) {
      throw new CocoFormatException("polygon: coordinate " + v + ", expected a finite number");
    }
    return (int) (SCALE * v + .5);
  }

  private void edge(int xa, int ya, int xb, int yb) {
    long dx = Math.abs((long) xa - xb);
    long dy = Math.abs((long) ya - yb);
    int first = (int) Math.max(0, Math.floorDiv((long) Math.min(xa, xb) + 2, SCALE));
    int last = (int) Math.min(width - 1, Math.floorDiv((long) Math.max(xa, xb) - 3, SCALE));
    if (first > last) {
      return;
    }
    // The line is computed from its lower end on the longer axis, whichever way it runs.
    boolean flip = dx >= dy ? xa > xb : ya > yb;
    int xs = flip ? xb : xa;
    int ys = flip ? yb : ya;
    if (dx >= dy) {
      double slope = (flip ? (double) ya - yb : (double) yb - ya) / dx;
      flatEdge(xs, ys, slope, first, last);
    } else {
      double slope = (flip ? (double) xa - xb : (double) xb - xa) / dy;
      steepEdge(xs, ys, slope, first, last);
    }
  }

  private void flatEdge(int xs, int ys, double slope, int first, int last) {
    for (int c = first; c <= last; c++) {
      long t = (long) SCALE * c + 2 - xs;
      int before = (int) (ys + slope * t + .5);
      int after = (int) (ys + slope * (t + 1) + .5);
      add(c, Math.min(before, after));
    }
  }

  private void steepEdge(int xs, int ys, double slope, int first, int last) {
    for (int c = first; c <= last; c++) {
      int left = SCALE * c + 2;
      // The first grid row at which the line is on the other side; rounded as the line is drawn.
      long t = Math.max(1, (long) ((left + .5 - xs) / slope));
      while (t > 1 && beyond(xs, slope, t - 1, left)) {
        t--;
      }
      while (!beyond(xs, slope, t, left)) {
        t++;
      }
      add(c, (int) (ys + t - 1));
    }
  }

  private static boolean beyond(int xs, double slope, long t, int left) {
    int u = (int) (xs + slope * t + .5);
    return slope > 0 ? u > left : u <= left;
  }

  private void add(int column, int gridRow) {
    double y = (gridRow + .5) / SCALE - .5;
    int row = (int) Math.ceil(y < 0 ? 0 : Math.min(y, height));
    if (size == crossings.length) {
      crossings = Arrays.copyOf(crossings, size * 2);
    }
    crossings[size++] = column * height + row;
  }

  private Rle finish() {
    Arrays.sort(crossings, 0, size);
    RunLengths runs = new RunLengths();
    int total = height * width;
    for (int i = 0; i < size; ) {
      int at = crossings[i];
      int end = i + 1;
      while (end < size && crossings[end] == at) {
        end++;
      }
      // Two changes at one place are none. A change behind the last pixel has no effect.
      if ((end - i & 1) == 1 && at < total) {
        runs.toggle(at);
      }
      i = end;
    }
    return new Rle(height, width, runs.end(total));
  }
}
