package dev.maskrcnn.tensor.cpu;

import java.util.Arrays;

/**
 * Arithmetic on runs of {@code count} floats inside arrays: the loops over channels that C2
 * vectorises.
 */
final class Lanes {
  private final int count;

  Lanes(int count) {
    this.count = count;
  }

  /** {@code to = w·from}. */
  void scale(float[] to, int at, float[] from, int first, float w) {
    int n = count;
    for (int i = 0; i < n; i++) {
      to[at + i] = w * from[first + i];
    }
  }

  /** {@code to += w·from}. */
  void addScaled(float[] to, int at, float[] from, int first, float w) {
    int n = count;
    for (int i = 0; i < n; i++) {
      to[at + i] += w * from[first + i];
    }
  }

  /**
   * {@code to = Σ weight·from} over the taps of a bin; coordinate {@code taps.low} is the first run
   * of {@code from}. One pass for up to four taps.
   */
  void mix(float[] to, int at, float[] from, AxisTaps taps, int bin) {
    int first = taps.binStart[bin];
    int n = taps.binStart[bin + 1] - first;
    switch (n) {
      case 0 -> Arrays.fill(to, at, at + count, 0f);
      case 1 -> scale(to, at, from, run(taps, first), taps.weight[first]);
      case 2 -> mix2(to, at, from, taps, first);
      case 3 -> mix3(to, at, from, taps, first);
      default -> {
        mix4(to, at, from, taps, first);
        for (int k = first + 4; k < first + n; k++) {
          addScaled(to, at, from, run(taps, k), taps.weight[k]);
        }
      }
    }
  }

  private int run(AxisTaps taps, int k) {
    return (taps.at[k] - taps.low) * count;
  }

  private void mix2(float[] to, int at, float[] from, AxisTaps taps, int k) {
    int n = count;
    int a = run(taps, k);
    int b = run(taps, k + 1);
    float u = taps.weight[k];
    float v = taps.weight[k + 1];
    for (int i = 0; i < n; i++) {
      to[at + i] = u * from[a + i] + v * from[b + i];
    }
  }

  private void mix3(float[] to, int at, float[] from, AxisTaps taps, int k) {
    int n = count;
    int a = run(taps, k);
    int b = run(taps, k + 1);
    int c = run(taps, k + 2);
    float u = taps.weight[k];
    float v = taps.weight[k + 1];
    float w = taps.weight[k + 2];
    for (int i = 0; i < n; i++) {
      to[at + i] = u * from[a + i] + v * from[b + i] + w * from[c + i];
    }
  }

  private void mix4(float[] to, int at, float[] from, AxisTaps taps, int k) {
    int n = count;
    int a = run(taps, k);
    int b = run(taps, k + 1);
    int c = run(taps, k + 2);
    int d = run(taps, k + 3);
    float u = taps.weight[k];
    float v = taps.weight[k + 1];
    float w = taps.weight[k + 2];
    float x = taps.weight[k + 3];
    for (int i = 0; i < n; i++) {
      to[at + i] = (u * from[a + i] + v * from[b + i]) + (w * from[c + i] + x * from[d + i]);
    }
  }
}
