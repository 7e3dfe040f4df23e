package dev.maskrcnn.tensor.cpu;

/**
 * Finds which of many boxes may meet a given one. Two boxes meet along an axis if their centres are
 * closer than the mean of their sides, and in both if the larger of the two gaps is negative; with
 * the maximum written by absolute values the test has no branch, and C2 vectorises it ({@code
 * Math.min} it does not, reliably). The gap is inexact, so it is compared with a bound on its
 * rounding errors: a box that meets is never missed, and {@link BoxGeometry} decides on the rest.
 */
final class Proximity {
  /** Eight operations on numbers of up to eight times the largest coordinate, and a reserve. */
  private static final float ROUNDING = 0x1p-17f;

  private final float offset;
  private final float[] sumX;
  private final float[] sumY;
  private final float[] width;
  private final float[] height;
  private final float[] gap;
  private float largest;
  private float bound;

  /** Room for {@code capacity} boxes. */
  Proximity(int capacity, double offset) {
    this.offset = (float) offset;
    this.sumX = new float[capacity];
    this.sumY = new float[capacity];
    this.width = new float[capacity];
    this.height = new float[capacity];
    this.gap = new float[capacity];
  }

  /** Sets box {@code i} to the one at {@code boxes[at…]}. */
  void set(int i, float[] boxes, int at) {
    sumX[i] = boxes[at] + boxes[at + 2];
    sumY[i] = boxes[at + 1] + boxes[at + 3];
    width[i] = boxes[at + 2] - boxes[at] + offset;
    height[i] = boxes[at + 3] - boxes[at + 1] + offset;
    largest = Math.max(largest, magnitude(boxes, at));
  }

  private static float magnitude(float[] b, int at) {
    return Math.max(
        Math.max(Math.abs(b[at]), Math.abs(b[at + 1])),
        Math.max(Math.abs(b[at + 2]), Math.abs(b[at + 3])));
  }

  /** Compares boxes {@code from … to−1} with the one at {@code boxes[at…]}, for {@link #near}. */
  void compare(float[] boxes, int at, int from, int to) {
    float sx = boxes[at] + boxes[at + 2];
    float sy = boxes[at + 1] + boxes[at + 3];
    float w = boxes[at + 2] - boxes[at] + offset;
    float h = boxes[at + 3] - boxes[at + 1] + offset;
    for (int j = from; j < to; j++) {
      float x = Math.abs(sumX[j] - sx) - (width[j] + w);
      float y = Math.abs(sumY[j] - sy) - (height[j] + h);
      gap[j] = x + y + Math.abs(x - y);
    }
    bound = Math.max(largest, magnitude(boxes, at)) * ROUNDING;
  }

  /** Whether box {@code j} may meet the last one compared. */
  boolean near(int j) {
    return !(gap[j] >= bound); // what is not a number is left to the exact test
  }
}
