package dev.maskrcnn.tensor.cpu;

import dev.maskrcnn.tensor.op.RegionOfInterest.Grid;
import java.util.Arrays;

/**
 * One axis of a RoI as a sparse matrix: which feature coordinates each output bin averages, and
 * with what weight. RoIAlign samples a grid and interpolates bilinearly, and both are products of
 * the axes; so pooling a RoI is {@code Wy · features · Wxᵀ}, and its adjoint {@code Wyᵀ · dy · Wx}.
 * Samples that share a coordinate are merged.
 */
final class AxisTaps {
  /** Taps of bin b are {@code binStart[b] … binStart[b+1]−1}. */
  final int[] binStart;

  /** Coordinate of a tap. */
  final int[] at;

  /** Weight of a tap. */
  final float[] weight;

  /** Lowest coordinate that is touched; above {@link #high} if there is none. */
  final int low;

  /** Highest coordinate that is touched. */
  final int high;

  private AxisTaps(int[] binStart, int[] at, float[] weight) {
    this.binStart = binStart;
    this.at = at;
    this.weight = weight;
    int least = Integer.MAX_VALUE;
    int most = -1;
    for (int c : at) {
      least = Math.min(least, c);
      most = Math.max(most, c);
    }
    this.low = least;
    this.high = most;
  }

  /** Number of bins. */
  int bins() {
    return binStart.length - 1;
  }

  /** Coordinates from the lowest to the highest that is touched; 0 if none is. */
  int span() {
    return high < low ? 0 : high - low + 1;
  }

  /** Where the bins of an axis start on the feature map, their size, and the samples of each. */
  record Sampling(float start, float bin, int bins, int samples) {
    /** Float arithmetic in the order of the original: it decides which samples are outside. */
    static Sampling of(Grid g, int bins, float from, float to, float scale) {
      float shift = g.aligned() ? 0.5f : 0f;
      float start = from * scale - shift;
      float size = (to * scale - shift) - start;
      float bin = (g.aligned() ? size : Math.max(size, 1f)) / bins;
      int samples = g.samplingRatio() > 0 ? g.samplingRatio() : (int) Math.ceil(bin);
      return new Sampling(start, bin, bins, Math.max(samples, 0));
    }

    float position(int b, int i) {
      return start + b * bin + (i + 0.5f) * bin / samples;
    }
  }

  /** Taps on an axis of {@code extent} coordinates; all weights are multiplied by {@code share}. */
  static AxisTaps of(Sampling s, int extent, float share) {
    int[] binStart = new int[s.bins + 1];
    int[] at = new int[2 * s.bins * s.samples];
    float[] weight = new float[at.length];
    int n = 0;
    for (int b = 0; b < s.bins; b++) {
      binStart[b] = n;
      for (int i = 0; i < s.samples; i++) {
        float p = s.position(b, i);
        if (p < -1 || p > extent) {
          continue;
        }
        float q = Math.min(Math.max(p, 0f), extent - 1f);
        int lower = (int) q;
        float above = q - lower;
        n = add(at, weight, binStart[b], n, lower, (1 - above) * share);
        if (lower + 1 < extent) {
          n = add(at, weight, binStart[b], n, lower + 1, above * share);
        }
      }
    }
    binStart[s.bins] = n;
    return new AxisTaps(binStart, Arrays.copyOf(at, n), Arrays.copyOf(weight, n));
  }

  /** Samples advance in one direction, so an equal coordinate is among the last three taps. */
  private static int add(int[] at, float[] weight, int from, int n, int coordinate, float w) {
    for (int k = n - 1; k >= Math.max(from, n - 3); k--) {
      if (at[k] == coordinate) {
        weight[k] += w;
        return n;
      }
    }
    at[n] = coordinate;
    weight[n] = w;
    return n + 1;
  }

  /** The same matrix by coordinate: for each coordinate the bins that use it. */
  ByCoordinate byCoordinate() {
    int[] start = new int[span() + 1];
    for (int c : at) {
      start[c - low + 1]++;
    }
    for (int i = 1; i < start.length; i++) {
      start[i] += start[i - 1];
    }
    int[] next = start.clone();
    int[] bin = new int[at.length];
    float[] w = new float[at.length];
    for (int b = 0; b < bins(); b++) {
      for (int k = binStart[b]; k < binStart[b + 1]; k++) {
        int to = next[at[k] - low]++;
        bin[to] = b;
        w[to] = weight[k];
      }
    }
    return new ByCoordinate(low, start, bin, w);
  }

  /** Taps of coordinate {@code low + i} are {@code start[i] … start[i+1]−1}. */
  record ByCoordinate(int low, int[] start, int[] bin, float[] weight) {
    /** Number of coordinates. */
    int span() {
      return start.length - 1;
    }
  }
}
