package dev.maskrcnn.detection.metrics;

/** Sorts indices by descending score; equal scores keep their order (numpy's mergesort). */
final class StableOrder {
  private StableOrder() {}

  static int[] descending(double[] scores) {
    int n = scores.length;
    int[] from = new int[n];
    for (int i = 0; i < n; i++) {
      from[i] = i;
    }
    int[] to = new int[n];
    for (int width = 1; width < n; width *= 2) {
      for (int low = 0; low < n; low += 2 * width) {
        int mid = Math.min(low + width, n);
        merge(scores, from, to, new int[] {low, mid, Math.min(mid + width, n)});
      }
      int[] swap = from;
      from = to;
      to = swap;
    }
    return from;
  }

  private static void merge(double[] scores, int[] from, int[] to, int[] bounds) {
    int left = bounds[0];
    int right = bounds[1];
    for (int k = bounds[0]; k < bounds[2]; k++) {
      boolean takeLeft =
          right >= bounds[2] || left < bounds[1] && scores[from[left]] >= scores[from[right]];
      to[k] = takeLeft ? from[left++] : from[right++];
    }
  }
}
