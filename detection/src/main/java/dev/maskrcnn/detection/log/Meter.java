package dev.maskrcnn.detection.log;

import java.util.Arrays;

/**
 * A series of values, told as the median of the newest ones and the average of all.
 *
 * <p>Follows {@code SmoothedValue} of the original system: the median of an even window is the
 * lower of the two middle values (as {@code torch.median}), and one NaN in the window makes it NaN.
 * Not safe for use by several threads.
 */
public final class Meter {
  /** Values that the median looks back on. */
  public static final int WINDOW = 20;

  private final double[] window;
  private long count;
  private double total;

  /** A meter with a window of {@value #WINDOW} values. */
  public Meter() {
    this(WINDOW);
  }

  /**
   * @param window values that the median looks back on, at least 1
   */
  public Meter(int window) {
    if (window < 1) {
      throw new IllegalArgumentException("meter: window must be at least 1, got " + window);
    }
    this.window = new double[window];
  }

  /**
   * @param value the next value; NaN and infinities are counted like any other
   */
  public void update(double value) {
    window[(int) (count % window.length)] = value;
    count++;
    total += value;
  }

  /**
   * @return the (lower) median of the newest values; NaN if there are none or one of them is NaN
   */
  public double median() {
    int n = filled();
    if (n == 0) {
      return Double.NaN;
    }
    double[] sorted = Arrays.copyOf(window, n);
    Arrays.sort(sorted);
    // Arrays.sort puts NaN last.
    return Double.isNaN(sorted[n - 1]) ? Double.NaN : sorted[(n - 1) / 2];
  }

  /**
   * @return the mean of the newest values; NaN if there are none
   */
  public double windowAverage() {
    int n = filled();
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += window[i];
    }
    return sum / n;
  }

  /**
   * @return the mean of all values; NaN if there are none
   */
  public double average() {
    return total / count;
  }

  /**
   * @return the newest value; NaN if there is none
   */
  public double latest() {
    return count == 0 ? Double.NaN : window[(int) ((count - 1) % window.length)];
  }

  /**
   * @return how many values there have been
   */
  public long count() {
    return count;
  }

  /**
   * @return the sum of all values
   */
  public double total() {
    return total;
  }

  /**
   * @return {@code median (average)} with four decimals each
   */
  @Override
  public String toString() {
    return PythonText.fixed(median(), 4) + " (" + PythonText.fixed(average(), 4) + ")";
  }

  private int filled() {
    return (int) Math.min(count, window.length);
  }
}
