package dev.maskrcnn.detection.coco;

import java.util.Arrays;
import java.util.List;

/**
 * A binary mask as run lengths down the columns, starting with a run of zeros: COCO's form, equal
 * to pycocotools (maskApi.c) bit by bit.
 *
 * <p>The runs may end before the last pixel (the rest is zero) and may have length zero; they may
 * not be longer than the mask.
 *
 * @param height mask height in pixels, at least 1
 * @param width mask width in pixels, at least 1
 * @param counts lengths of the runs; not copied, do not write into it
 */
public record Rle(int height, int width, int[] counts) {

  /** Six bits of a compressed character hold five of the number and one for "more follows". */
  private static final int FIRST_CHAR = 48;

  private static final int LAST_CHAR = FIRST_CHAR + 63;

  public Rle {
    if (height < 1 || width < 1 || (long) height * width > Integer.MAX_VALUE) {
      throw new CocoFormatException(
          "rle: size %sx%s (height x width), expected at least 1x1 and at most 2^31-1 pixels"
              .formatted(height, width));
    }
    long sum = 0;
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] < 0) {
        throw new CocoFormatException(
            "rle: run %s has length %s, expected 0 or more; the counts are damaged"
                .formatted(i, counts[i]));
      }
      sum += counts[i];
    }
    if (sum > (long) height * width) {
      throw new CocoFormatException(
          "rle: runs cover %s pixels, a mask of %sx%s has %s; counts or size are damaged"
              .formatted(sum, height, width, (long) height * width));
    }
  }

  /**
   * A rectangle of an image in pixels.
   *
   * @param x first column
   * @param y first row
   * @param width number of columns, may be 0
   * @param height number of rows, may be 0
   */
  public record Window(int x, int y, int width, int height) {}

  /** Run lengths of a row-major bitmap {@code [height, width]}; any nonzero byte is set. */
  public static Rle encode(byte[] rowMajor, int height, int width) {
    return encodeWindow(rowMajor, new Window(0, 0, width, height), height, width);
  }

  /**
   * Run lengths of a mask that is zero outside of a window, at the cost of the window only.
   *
   * @param rowMajor the bitmap of the window, row-major, any nonzero byte is set
   * @param window where it lies; must be inside of the mask
   * @param height height of the whole mask
   * @param width width of the whole mask
   */
  public static Rle encodeWindow(byte[] rowMajor, Window window, int height, int width) {
    int rows = window.height();
    int columns = window.width();
    if (rowMajor.length != (long) rows * columns
        || window.x() < 0
        || window.y() < 0
        || window.x() + columns > width
        || window.y() + rows > height) {
      throw new CocoFormatException(
          "rle: %s bytes for %s of a mask of %sx%s (height x width); expected height*width bytes "
                  .formatted(rowMajor.length, window, height, width)
              + "and a window inside of the mask");
    }
    RunLengths runs = new RunLengths();
    for (int x = 0; x < columns; x++) {
      int top = (window.x() + x) * height + window.y();
      for (int y = 0, at = x; y < rows; y++, at += columns) {
        boolean set = rowMajor[at] != 0;
        if (set != runs.open()) {
          runs.toggle(top + y);
        }
      }
      // Outside of the window the mask is zero; a full column goes on in the next one.
      if (runs.open() && (rows < height || x == columns - 1)) {
        runs.toggle(top + rows);
      }
    }
    return new Rle(height, width, runs.end(height * width));
  }

  /** The row-major bitmap {@code [height, width]} of 0 and 1. */
  public byte[] decode() {
    byte[] out = new byte[height * width];
    int at = 0;
    for (int i = 0; i < counts.length; i++) {
      int end = at + counts[i];
      if ((i & 1) == 1) {
        fill(out, at, end);
      }
      at = end;
    }
    return out;
  }

  private void fill(byte[] out, int from, int to) {
    int x = from / height;
    int y = from % height;
    for (int left = to - from; left > 0; x++, y = 0) {
      int rows = Math.min(left, height - y);
      for (int i = 0, p = y * width + x; i < rows; i++, p += width) {
        out[p] = 1;
      }
      left -= rows;
    }
  }

  /**
   * Reads COCO's compressed string.
   *
   * @throws CocoFormatException if characters are not those of the code, the text ends inside a
   *     number, or the runs are negative or too long
   */
  public static Rle fromCompressed(String text, int height, int width) {
    int[] counts = new int[Math.max(1, text.length())];
    int n = 0;
    int at = 0;
    while (at < text.length()) {
      long x = 0;
      int shift = 0;
      int c;
      do {
        if (at == text.length() || shift > 30) {
          throw new CocoFormatException(
              "rle: compressed counts end inside a number or hold one above 31 bits, at character "
                  + "%s of %s; the string is damaged".formatted(at, text.length()));
        }
        char letter = text.charAt(at++);
        if (letter < FIRST_CHAR || letter > LAST_CHAR) {
          throw new CocoFormatException(
              "rle: character '%c' at %s of compressed counts, expected '0' to 'o'"
                  .formatted(letter, at - 1));
        }
        c = letter - FIRST_CHAR;
        x |= (long) (c & 0x1f) << shift;
        shift += 5;
      } while ((c & 0x20) != 0);
      if ((c & 0x10) != 0) {
        x |= -1L << shift;
      }
      // From the fourth run on, the difference to the run before last is stored.
      x += n > 2 ? counts[n - 2] : 0;
      if (x < 0 || x > Integer.MAX_VALUE) {
        throw new CocoFormatException(
            "rle: run %s has length %s, expected 0 to 2^31-1; the compressed counts are damaged"
                .formatted(n, x));
      }
      counts[n++] = (int) x;
    }
    return new Rle(height, width, Arrays.copyOf(counts, n));
  }

  /** COCO's compressed string. */
  public String toCompressed() {
    StringBuilder s = new StringBuilder(counts.length * 2);
    for (int i = 0; i < counts.length; i++) {
      long x = i > 2 ? (long) counts[i] - counts[i - 2] : counts[i];
      boolean more = true;
      while (more) {
        int c = (int) (x & 0x1f);
        x >>= 5;
        more = (c & 0x10) != 0 ? x != -1 : x != 0;
        s.append((char) (FIRST_CHAR + (more ? c | 0x20 : c)));
      }
    }
    return s.toString();
  }

  /** Number of set pixels. */
  public long area() {
    long sum = 0;
    for (int i = 1; i < counts.length; i += 2) {
      sum += counts[i];
    }
    return sum;
  }

  /** The smallest box around the set pixels, {@code xywh}; all zero for an empty mask. */
  public double[] toBbox() {
    int left = width;
    int top = height;
    int right = -1;
    int bottom = -1;
    int at = 0;
    for (int i = 0; i + 1 < counts.length; i += 2) {
      int first = at + counts[i];
      at = first + counts[i + 1];
      if (at == first) {
        continue;
      }
      int x0 = first / height;
      int x1 = (at - 1) / height;
      boolean wraps = x1 > x0;
      left = Math.min(left, x0);
      right = Math.max(right, x1);
      top = Math.min(top, wraps ? 0 : first % height);
      bottom = Math.max(bottom, wraps ? height - 1 : (at - 1) % height);
    }
    return right < 0
        ? new double[4]
        : new double[] {left, top, right - left + 1.0, bottom - top + 1.0};
  }

  /**
   * Pairwise intersection over union {@code [dt][gt]}. Where {@code crowd[gt]}, the union is
   * replaced by the area of the detection.
   *
   * @throws CocoFormatException if masks differ in size
   */
  public static double[][] iou(List<Rle> dt, List<Rle> gt, boolean[] crowd) {
    return RleOverlap.iou(dt, gt, crowd);
  }

  /**
   * Union, or intersection, of masks.
   *
   * @throws CocoFormatException if the list is empty or masks differ in size
   */
  public static Rle merge(List<Rle> masks, boolean intersect) {
    return RleOverlap.merge(masks, intersect);
  }

  /**
   * Rasterises one polygon {@code x, y, x, y, ...} by COCO's rule, even-odd, clipped to the mask.
   *
   * @param xy at least three points in pixel-corner coordinates
   */
  public static Rle fromPolygon(double[] xy, int height, int width) {
    return PolygonRaster.rasterise(xy, height, width);
  }

  /** Rasterises polygons and takes the union. */
  public static Rle fromPolygons(List<double[]> parts, int height, int width) {
    return merge(parts.stream().map(p -> fromPolygon(p, height, width)).toList(), false);
  }

  /** Rasterises a box {@code xywh} as the polygon of its corners. */
  public static Rle fromBbox(double[] xywh, int height, int width) {
    double x0 = xywh[0];
    double y0 = xywh[1];
    double x1 = x0 + xywh[2];
    double y1 = y0 + xywh[3];
    return fromPolygon(new double[] {x0, y0, x0, y1, x1, y1, x1, y0}, height, width);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Rle o
        && height == o.height
        && width == o.width
        && Arrays.equals(counts, o.counts);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * height + width) + Arrays.hashCode(counts);
  }

  @Override
  public String toString() {
    return "Rle[%sx%s, %s runs, %s pixels]".formatted(height, width, counts.length, area());
  }
}
