package dev.maskrcnn.detection.coco;

import java.util.Arrays;

/** Collects run lengths from the positions, ascending, where a mask changes its value. */
final class RunLengths {
  private int[] counts = new int[32];
  private int size;
  private int last;

  /** Whether the run that is being collected is one of ones. */
  boolean open() {
    return (size & 1) == 1;
  }

  void toggle(int position) {
    if (size == counts.length) {
      counts = Arrays.copyOf(counts, size * 2);
    }
    counts[size++] = position - last;
    last = position;
  }

  /** The counts of a mask of {@code total} pixels; a last run of length zero is left out. */
  int[] end(int total) {
    if (last < total || size == 0) {
      toggle(total);
    }
    return Arrays.copyOf(counts, size);
  }
}
