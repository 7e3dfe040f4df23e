package dev.maskrcnn.tensor.cpu;

/**
 * The one-dimensional transforms of Winograd's F(4,3) (Lavin and Gray, "Fast algorithms for
 * convolutional neural networks", CVPR 2016) with the points 0, ±1, ±2, ∞, applied to {@code n}
 * channels at once. Lines lie {@code step} floats apart in their array. Each loop has few streams
 * so that C2 vectorises it.
 */
final class WinogradTransforms {
  private WinogradTransforms() {}

  /** Bᵀ: six inputs to six transformed inputs. */
  static void input(float[] d, int from, int step, float[] t, int to, int stride, int n) {
    int d1 = from + step;
    int d2 = d1 + step;
    int d3 = d2 + step;
    int d4 = d3 + step;
    int d5 = d4 + step;
    int t1 = to + stride;
    int t2 = t1 + stride;
    int t3 = t2 + stride;
    int t4 = t3 + stride;
    int t5 = t4 + stride;
    for (int c = 0; c < n; c++) {
      t[to + c] = 4f * d[from + c] - 5f * d[d2 + c] + d[d4 + c];
    }
    for (int c = 0; c < n; c++) {
      float odd = d[d3 + c] - 4f * d[d1 + c];
      float even = d[d4 + c] - 4f * d[d2 + c];
      t[t1 + c] = even + odd;
      t[t2 + c] = even - odd;
    }
    for (int c = 0; c < n; c++) {
      float odd = 2f * (d[d3 + c] - d[d1 + c]);
      float even = d[d4 + c] - d[d2 + c];
      t[t3 + c] = even + odd;
      t[t4 + c] = even - odd;
    }
    for (int c = 0; c < n; c++) {
      t[t5 + c] = 4f * d[d1 + c] - 5f * d[d3 + c] + d[d5 + c];
    }
  }

  /** Aᵀ: six products to four outputs. */
  static void output(float[] m, int from, int step, float[] y, int to, int stride, int n) {
    int m1 = from + step;
    int m2 = m1 + step;
    int m3 = m2 + step;
    int m4 = m3 + step;
    int m5 = m4 + step;
    int y1 = to + stride;
    int y2 = y1 + stride;
    int y3 = y2 + stride;
    for (int c = 0; c < n; c++) {
      float a = m[m1 + c] + m[m2 + c];
      float b = m[m3 + c] + m[m4 + c];
      y[to + c] = m[from + c] + a + b;
      y[y2 + c] = a + 4f * b;
    }
    for (int c = 0; c < n; c++) {
      float a = m[m1 + c] - m[m2 + c];
      float b = m[m3 + c] - m[m4 + c];
      y[y1 + c] = a + 2f * b;
      y[y3 + c] = a + 8f * b + m[m5 + c];
    }
  }

  /** A: four output gradients to six gradients of products. */
  static void outputAdjoint(float[] g, int from, int step, float[] t, int to, int stride, int n) {
    int g1 = from + step;
    int g2 = g1 + step;
    int g3 = g2 + step;
    int t1 = to + stride;
    int t2 = t1 + stride;
    int t3 = t2 + stride;
    int t4 = t3 + stride;
    int t5 = t4 + stride;
    for (int c = 0; c < n; c++) {
      t[to + c] = g[from + c];
      t[t5 + c] = g[g3 + c];
    }
    for (int c = 0; c < n; c++) {
      float even = g[from + c] + g[g2 + c];
      float odd = g[g1 + c] + g[g3 + c];
      t[t1 + c] = even + odd;
      t[t2 + c] = even - odd;
    }
    for (int c = 0; c < n; c++) {
      float even = g[from + c] + 4f * g[g2 + c];
      float odd = 2f * g[g1 + c] + 8f * g[g3 + c];
      t[t3 + c] = even + odd;
      t[t4 + c] = even - odd;
    }
  }

  /** G: three weights to six transformed weights. */
  static void weights(float[] w, int from, int step, float[] t, int to, int stride, int n) {
    int w1 = from + step;
    int w2 = w1 + step;
    int t1 = to + stride;
    int t2 = t1 + stride;
    int t3 = t2 + stride;
    int t4 = t3 + stride;
    int t5 = t4 + stride;
    for (int c = 0; c < n; c++) {
      t[to + c] = 0.25f * w[from + c];
      t[t5 + c] = w[w2 + c];
    }
    for (int c = 0; c < n; c++) {
      float even = (w[from + c] + w[w2 + c]) * (-1f / 6);
      float odd = w[w1 + c] * (-1f / 6);
      t[t1 + c] = even + odd;
      t[t2 + c] = even - odd;
    }
    for (int c = 0; c < n; c++) {
      float even = w[from + c] * (1f / 24) + w[w2 + c] * (1f / 6);
      float odd = w[w1 + c] * (1f / 12);
      t[t3 + c] = even + odd;
      t[t4 + c] = even - odd;
    }
  }

  /** Gᵀ: six gradients of transformed weights to three gradients of weights. */
  static void weightsAdjoint(float[] t, int from, int step, float[] w, int to, int stride, int n) {
    int t1 = from + step;
    int t2 = t1 + step;
    int t3 = t2 + step;
    int t4 = t3 + step;
    int t5 = t4 + step;
    int w1 = to + stride;
    int w2 = w1 + stride;
    for (int c = 0; c < n; c++) {
      float a = (t[t1 + c] + t[t2 + c]) * (-1f / 6);
      float b = t[t3 + c] + t[t4 + c];
      w[to + c] = 0.25f * t[from + c] + a + b * (1f / 24);
      w[w2 + c] = a + b * (1f / 6) + t[t5 + c];
    }
    for (int c = 0; c < n; c++) {
      float a = (t[t1 + c] - t[t2 + c]) * (-1f / 6);
      float b = (t[t3 + c] - t[t4 + c]) * (1f / 12);
      w[w1 + c] = a + b;
    }
  }
}
