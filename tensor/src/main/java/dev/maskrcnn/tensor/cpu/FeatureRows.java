package dev.maskrcnn.tensor.cpu;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * The part of a feature map that a RoI covers. Rows are copied to the heap when they are first
 * used; the last few stay, because neighbouring bins share rows.
 */
final class FeatureRows {
  /** Rows that stay. */
  static final int SLOTS = 2 * Lanes.PASS;

  private final FloatBuffer features;
  private final Window window;
  private final float[][] kept;
  private final int[] rowOf = new int[SLOTS];
  private final int[] lastUse = new int[SLOTS];
  private int uses;

  /**
   * Rows of one image.
   *
   * @param kept {@link #SLOTS} arrays for copies of rows
   */
  FeatureRows(FloatBuffer features, Window window, float[][] kept) {
    this.features = features;
    this.window = window;
    this.kept = kept;
    Arrays.fill(rowOf, -1);
  }

  /**
   * Columns of an image, in elements: where they start in its row 0, from row to row, and how many.
   */
  record Window(int first, int pitch, int size) {}

  /** The columns of a row; valid at least until {@link Lanes#PASS} other rows were asked for. */
  float[] at(int row) {
    int slot = 0;
    for (int s = 0; s < SLOTS; s++) {
      if (rowOf[s] == row) {
        lastUse[s] = ++uses;
        return kept[s];
      }
      slot = lastUse[s] < lastUse[slot] ? s : slot;
    }
    rowOf[slot] = row;
    lastUse[slot] = ++uses;
    features.get(window.first + row * window.pitch, kept[slot], 0, window.size);
    return kept[slot];
  }
}
