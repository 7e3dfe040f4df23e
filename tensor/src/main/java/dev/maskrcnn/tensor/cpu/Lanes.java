package dev.maskrcnn.tensor.cpu;

import java.util.Arrays;

/**
 * Weighted sums of float runs of equal length. Each run is an array of its own that starts at 0: C2
 * vectorises a loop that writes one array and reads others only if all of them are indexed alike,
 * since it cannot tell {@code to[at + i]} from {@code from[first + i]} (measured on JDK 17: five
 * times slower).
 */
final class Lanes {
  /** Runs that {@link #mix} adds up in its first pass over memory. */
  static final int PASS = 4;

  private final int count;
  private final float[][] run = new float[PASS][];
  private final float[] weight = new float[PASS];

  /** Runs of {@code count} floats. An instance belongs to one thread. */
  Lanes(int count) {
    this.count = count;
  }

  /** The run of a coordinate. */
  @FunctionalInterface
  interface Runs {
    float[] at(int coordinate);
  }

  /** {@code to} = the weighted sum of the runs that a bin averages; zeros if there is none. */
  void mix(float[] to, AxisTaps taps, int bin, Runs runs) {
    int from = taps.binStart[bin];
    int end = taps.binStart[bin + 1];
    int pass = Math.min(end - from, PASS);
    for (int k = 0; k < pass; k++) {
      run[k] = runs.at(taps.at[from + k]);
      weight[k] = taps.weight[from + k];
    }
    switch (pass) {
      case 0 -> Arrays.fill(to, 0, count, 0f);
      case 1 -> scale(to, run[0], weight[0]);
      case 2 -> mix2(to, run[0], run[1]);
      case 3 -> mix3(to);
      default -> mix4(to);
    }
    for (int k = from + pass; k < end; k++) {
      addScaled(to, runs.at(taps.at[k]), taps.weight[k]);
    }
  }

  /** {@code to += w·from}. */
  void addScaled(float[] to, float[] from, float w) {
    int n = count;
    for (int i = 0; i < n; i++) {
      to[i] += w * from[i];
    }
  }

  private void scale(float[] to, float[] from, float w) {
    int n = count;
    for (int i = 0; i < n; i++) {
      to[i] = w * from[i];
    }
  }

  private void mix2(float[] to, float[] a, float[] b) {
    int n = count;
    float u = weight[0];
    float v = weight[1];
    for (int i = 0; i < n; i++) {
      to[i] = u * a[i] + v * b[i];
    }
  }

  private void mix3(float[] to) {
    int n = count;
    float[] a = run[0];
    float[] b = run[1];
    float[] c = run[2];
    float u = weight[0];
    float v = weight[1];
    float w = weight[2];
    for (int i = 0; i < n; i++) {
      to[i] = u * a[i] + v * b[i] + w * c[i];
    }
  }

  private void mix4(float[] to) {
    int n = count;
    float[] a = run[0];
    float[] b = run[1];
    float[] c = run[2];
    float[] d = run[3];
    float u = weight[0];
    float v = weight[1];
    float w = weight[2];
    float x = weight[3];
    for (int i = 0; i < n; i++) {
      to[i] = (u * a[i] + v * b[i]) + (w * c[i] + x * d[i]);
    }
  }
}
