package dev.maskrcnn.detection.coco;

import java.util.Arrays;
import java.util.List;

/** Union, intersection and overlap of run-length masks, without decoding them. */
final class RleOverlap {
  private RleOverlap() {}

  /**
   * A mask as the half-open intervals of its ones in column-major positions.
   *
   * @param bounds start, end, start, end, ..., ascending
   * @param area number of ones
   * @param bbox {@code xywh}
   */
  private record Intervals(int[] bounds, long area, double[] bbox) {
    static Intervals of(Rle mask) {
      int[] counts = mask.counts();
      int[] bounds = new int[counts.length & ~1];
      int at = 0;
      for (int i = 0; i < bounds.length; i++) {
        at += counts[i];
        bounds[i] = at;
      }
      return new Intervals(bounds, mask.area(), mask.toBbox());
    }
  }

  static double[][] iou(List<Rle> dt, List<Rle> gt, boolean[] crowd) {
    if (crowd.length != gt.size()) {
      throw new CocoFormatException(
          "rle iou: %s crowd flags for %s masks, expected one each"
              .formatted(crowd.length, gt.size()));
    }
    Intervals[] truth = new Intervals[gt.size()];
    for (int g = 0; g < truth.length; g++) {
      truth[g] = Intervals.of(gt.get(g));
    }
    double[][] out = new double[dt.size()][truth.length];
    for (int d = 0; d < out.length; d++) {
      Intervals detection = Intervals.of(dt.get(d));
      for (int g = 0; g < truth.length; g++) {
        checkSize(dt.get(d), gt.get(g));
        long both = boxesMeet(detection.bbox, truth[g].bbox) ? common(detection, truth[g]) : 0;
        long union = crowd[g] ? detection.area : detection.area + truth[g].area - both;
        out[d][g] = both == 0 ? 0 : (double) both / (double) union;
      }
    }
    return out;
  }

  private static boolean boxesMeet(double[] a, double[] b) {
    return a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3];
  }

  /** Number of pixels that are set in both. */
  private static long common(Intervals left, Intervals right) {
    int[] a = left.bounds;
    int[] b = right.bounds;
    int i = firstEndingAfter(a, b[0]);
    int j = firstEndingAfter(b, a[0]);
    long sum = 0;
    while (i < a.length && j < b.length) {
      int start = Math.max(a[i], b[j]);
      int endA = a[i + 1];
      int endB = b[j + 1];
      int overlap = Math.min(endA, endB) - start;
      if (overlap > 0) {
        sum += overlap;
      }
      if (endA < endB) {
        i += 2;
      } else {
        j += 2;
      }
    }
    return sum;
  }

  /** Index of the first interval whose end lies after a position. */
  private static int firstEndingAfter(int[] bounds, int position) {
    int low = 0;
    int high = bounds.length / 2;
    while (low < high) {
      int mid = (low + high) >>> 1;
      if (bounds[2 * mid + 1] > position) {
        high = mid;
      } else {
        low = mid + 1;
      }
    }
    return 2 * low;
  }

  static Rle merge(List<Rle> masks, boolean intersect) {
    if (masks.isEmpty()) {
      throw new CocoFormatException("rle merge: no masks, expected at least one");
    }
    Rle result = masks.get(0);
    for (Rle next : masks.subList(1, masks.size())) {
      checkSize(result, next);
      result = merge(result, next, intersect);
    }
    return result;
  }

  /** Walks the value changes of both masks in ascending order. */
  private static Rle merge(Rle a, Rle b, boolean intersect) {
    int[] changesA = changes(a);
    int[] changesB = changes(b);
    RunLengths runs = new RunLengths();
    int i = 0;
    int j = 0;
    int total = a.height() * a.width();
    while (true) {
      int at = Math.min(changesA[i], changesB[j]);
      if (at >= total) {
        return new Rle(a.height(), a.width(), runs.end(total));
      }
      // Zero-length runs change the value several times at one position.
      while (changesA[i] == at) {
        i++;
      }
      while (changesB[j] == at) {
        j++;
      }
      boolean inA = (i & 1) == 1;
      boolean inB = (j & 1) == 1;
      if ((intersect ? inA && inB : inA || inB) != runs.open()) {
        runs.toggle(at);
      }
    }
  }

  /** Positions where the value changes, ended by one that is never reached. */
  private static int[] changes(Rle mask) {
    int[] counts = mask.counts();
    int[] out = Arrays.copyOf(counts, counts.length + 1);
    for (int i = 1; i < counts.length; i++) {
      out[i] += out[i - 1];
    }
    out[counts.length] = Integer.MAX_VALUE;
    return out;
  }

  private static void checkSize(Rle a, Rle b) {
    if (a.height() != b.height() || a.width() != b.width()) {
      throw new CocoFormatException(
          "rle: masks of %sx%s and %sx%s (height x width); expected one size"
              .formatted(a.height(), a.width(), b.height(), b.width()));
    }
  }
}
