package dev.maskrcnn.detection.draw;

import java.util.Arrays;
import java.util.Locale;

/**
 * Values counted in bins of equal width, or of equal ratio.
 *
 * @param edges bounds of the bins, ascending, one more than bins
 * @param counts values in each bin; the last bin includes its upper bound
 * @param median of the values, NaN if there are none
 * @param logarithmic whether the bins have equal ratios, for a logarithmic axis
 */
public record Histogram(double[] edges, long[] counts, double median, boolean logarithmic) {
  /** Checks the lengths. */
  public Histogram {
    if (edges.length != counts.length + 1) {
      throw new IllegalArgumentException(
          "histogram: %s edges for %s bins, expected one more than bins"
              .formatted(edges.length, counts.length));
    }
  }

  /**
   * @param values any; NaN and infinities are left out
   * @param bins number of bins, at least 1
   * @return bins of equal width over the range of the values
   */
  public static Histogram linear(double[] values, int bins) {
    double[] sorted = usable(values, Double.NEGATIVE_INFINITY);
    double low = sorted.length == 0 ? 0 : sorted[0];
    double high = sorted.length == 0 ? 1 : sorted[sorted.length - 1];
    if (low == high) {
      low -= 0.5;
      high += 0.5;
    }
    double[] edges = new double[bins + 1];
    for (int i = 0; i <= bins; i++) {
      edges[i] = low + (high - low) * i / bins;
    }
    return count(sorted, edges, false);
  }

  /**
   * @param values any; only those above zero are counted
   * @param bins number of bins, at least 1
   * @return bins of equal ratio over the range of the values
   */
  public static Histogram logarithmic(double[] values, int bins) {
    double[] sorted = usable(values, 0);
    double low = Math.log(sorted.length == 0 ? 1 : sorted[0]);
    double high = Math.log(sorted.length == 0 ? 10 : sorted[sorted.length - 1]);
    if (high - low < 1e-9) {
      low -= 0.5;
      high += 0.5;
    }
    double[] edges = new double[bins + 1];
    for (int i = 0; i <= bins; i++) {
      edges[i] = Math.exp(low + (high - low) * i / bins);
    }
    return count(sorted, edges, true);
  }

  /**
   * @param values whole numbers, objects per image say
   * @return one bin for each whole number from the smallest to the largest
   */
  public static Histogram whole(int[] values) {
    double[] sorted = Arrays.stream(values).asDoubleStream().sorted().toArray();
    int low = sorted.length == 0 ? 0 : (int) sorted[0];
    int high = sorted.length == 0 ? 0 : (int) sorted[sorted.length - 1];
    double[] edges = new double[high - low + 2];
    for (int i = 0; i < edges.length; i++) {
      edges[i] = low - 0.5 + i;
    }
    return count(sorted, edges, false);
  }

  /**
   * @return number of values counted
   */
  public long total() {
    return Arrays.stream(counts).sum();
  }

  /** Whether each bin stands for one whole number. */
  boolean whole() {
    return edges[0] + 0.5 == Math.rint(edges[0] + 0.5)
        && edges[edges.length - 1] - edges[0] == counts.length;
  }

  /** For the title: median and number. */
  String summary() {
    return total() == 0
        ? ""
        : String.format(Locale.ROOT, "  (n = %d, median %.4g)", total(), median);
  }

  /** Abscissae of the bars' common outline. */
  double[] outlineX() {
    double[] x = new double[4 * counts.length];
    for (int i = 0; i < counts.length; i++) {
      x[4 * i] = edges[i];
      x[4 * i + 1] = edges[i];
      x[4 * i + 2] = edges[i + 1];
      x[4 * i + 3] = edges[i + 1];
    }
    return x;
  }

  /** Ordinates of the bars' common outline; each bar starts and ends at zero. */
  double[] outlineY() {
    double[] y = new double[4 * counts.length];
    for (int i = 0; i < counts.length; i++) {
      y[4 * i + 1] = counts[i];
      y[4 * i + 2] = counts[i];
    }
    return y;
  }

  private static double[] usable(double[] values, double above) {
    return Arrays.stream(values).filter(v -> Double.isFinite(v) && v > above).sorted().toArray();
  }

  private static Histogram count(double[] sorted, double[] edges, boolean logarithmic) {
    long[] counts = new long[edges.length - 1];
    int bin = 0;
    for (double value : sorted) {
      while (bin < counts.length - 1 && value >= edges[bin + 1]) {
        bin++;
      }
      counts[bin]++;
    }
    int n = sorted.length;
    double median = n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    return new Histogram(edges, counts, median, logarithmic);
  }
}
