package dev.maskrcnn.detection.shapes;

import com.fasterxml.jackson.databind.JsonNode;

/** Segmentations as row-major bitmaps, in the simplest way, for the tests. */
final class NaiveMask {
  private NaiveMask() {}

  /** Pixels whose centres lie in a polygon, by counting crossings. */
  static boolean[] polygons(JsonNode polygons, int size) {
    boolean[] mask = new boolean[size * size];
    for (JsonNode p : polygons) {
      for (int i = 0; i < mask.length; i++) {
        mask[i] |= inside(p, i % size + 0.5, i / size + 0.5);
      }
    }
    return mask;
  }

  private static boolean inside(JsonNode p, double x, double y) {
    boolean in = false;
    for (int i = 0, j = p.size() - 2; i < p.size(); j = i, i += 2) {
      double xi = p.get(i).doubleValue();
      double yi = p.get(i + 1).doubleValue();
      double xj = p.get(j).doubleValue();
      double yj = p.get(j + 1).doubleValue();
      if (yi > y != yj > y && x < (xj - xi) * (y - yi) / (yj - yi) + xi) {
        in = !in;
      }
    }
    return in;
  }

  /** Decodes run lengths, as numbers or as COCO's string. */
  static boolean[] runs(JsonNode rle) {
    int height = rle.get("size").get(0).intValue();
    int width = rle.get("size").get(1).intValue();
    long[] counts = rle.get("counts").isTextual() ? text(rle.get("counts").textValue()) : null;
    boolean[] mask = new boolean[height * width];
    int n = counts == null ? rle.get("counts").size() : counts.length;
    int at = 0;
    for (int i = 0; i < n && (counts == null || counts[i] >= 0); i++) {
      long run = counts == null ? rle.get("counts").get(i).intValue() : counts[i];
      for (long k = 0; k < run; k++, at++) {
        mask[at % height * width + at / height] = i % 2 == 1;
      }
    }
    if (at != mask.length) {
      throw new AssertionError("runs cover " + at + " pixels of " + mask.length);
    }
    return mask;
  }

  /** LEB128-like: 5 bits a character from '0', bit 5 = more, differences to the last but one. */
  private static long[] text(String s) {
    long[] counts = new long[s.length() + 1];
    int n = 0;
    for (int p = 0; p < s.length(); n++) {
      long x = 0;
      int shift = 0;
      int c;
      do {
        c = s.charAt(p++) - 48;
        x |= (long) (c & 31) << shift;
        shift += 5;
      } while ((c & 32) != 0);
      if ((c & 16) != 0) {
        x |= -1L << shift;
      }
      counts[n] = n > 2 ? x + counts[n - 2] : x;
    }
    counts[n] = -1;
    return counts;
  }

  static double[] box(boolean[] mask, int size) {
    int x0 = size;
    int y0 = size;
    int x1 = -1;
    int y1 = -1;
    for (int i = 0; i < mask.length; i++) {
      if (mask[i]) {
        x0 = Math.min(x0, i % size);
        x1 = Math.max(x1, i % size);
        y0 = Math.min(y0, i / size);
        y1 = Math.max(y1, i / size);
      }
    }
    return new double[] {x0, y0, x1 - x0 + 1, y1 - y0 + 1};
  }

  static int area(boolean[] mask) {
    int n = 0;
    for (boolean set : mask) {
      n += set ? 1 : 0;
    }
    return n;
  }

  /** Set pixels with a clear neighbour. */
  static int outline(boolean[] mask, int size) {
    int n = 0;
    for (int i = 0; i < mask.length; i++) {
      int x = i % size;
      boolean inner =
          x > 0
              && x < size - 1
              && i >= size
              && i < mask.length - size
              && mask[i - 1]
              && mask[i + 1]
              && mask[i - size]
              && mask[i + size];
      n += mask[i] && !inner ? 1 : 0;
    }
    return n;
  }

  static int common(boolean[] a, boolean[] b) {
    int n = 0;
    for (int i = 0; i < a.length; i++) {
      n += a[i] && b[i] ? 1 : 0;
    }
    return n;
  }
}
