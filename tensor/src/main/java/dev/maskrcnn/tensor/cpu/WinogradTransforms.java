package dev.maskrcnn.tensor.cpu;

/**
 * The one-dimensional transforms of Winograd's F(4,3) (Lavin and Gray, "Fast algorithms for
 * convolutional neural networks", CVPR 2016) with the points 0, ±1, ±2, ∞, applied to the first
 * {@code n} floats of lines. A transform reads lines {@code from, from+step, …} and writes lines
 * {@code to, to+stride, …}. Every loop works on index c of separate arrays and has one result: that
 * is what C2 vectorises.
 */
final class WinogradTransforms {
  private WinogradTransforms() {}

  /** Where a transform reads and writes. */
  record Lines(float[][] source, int from, int step, float[][] target, int to, int stride) {
    float[] in(int i) {
      return source[from + i * step];
    }

    float[] out(int i) {
      return target[to + i * stride];
    }
  }

  /** Bᵀ: six inputs to six transformed inputs. */
  static void input(Lines l, int n) {
    edge(l.in(0), l.in(2), l.in(4), l.out(0), n);
    pair(l.in(4), l.in(2), -4f, l.in(3), l.in(1), -4f, 1f, l.out(1), l.out(2), n);
    pair(l.in(4), l.in(2), -1f, l.in(3), l.in(1), -1f, 2f, l.out(3), l.out(4), n);
    edge(l.in(1), l.in(3), l.in(5), l.out(5), n);
  }

  private static void edge(float[] a, float[] b, float[] c, float[] t, int n) {
    for (int i = 0; i < n; i++) {
      t[i] = 4f * a[i] - 5f * b[i] + c[i];
    }
  }

  /** plus = even + odd and minus = even − odd; even = a + p·b, odd = s·(c + q·d). */
  private static void pair(
      float[] a,
      float[] b,
      float p,
      float[] c,
      float[] d,
      float q,
      float s,
      float[] plus,
      float[] minus,
      int n) {
    for (int i = 0; i < n; i++) {
      plus[i] = a[i] + p * b[i] + s * (c[i] + q * d[i]);
    }
    for (int i = 0; i < n; i++) {
      minus[i] = a[i] + p * b[i] - s * (c[i] + q * d[i]);
    }
  }

  /** Aᵀ: six products to four outputs. */
  static void output(Lines l, int n) {
    float[] m0 = l.in(0);
    float[] m1 = l.in(1);
    float[] m2 = l.in(2);
    float[] m3 = l.in(3);
    float[] m4 = l.in(4);
    float[] m5 = l.in(5);
    float[] y0 = l.out(0);
    float[] y1 = l.out(1);
    float[] y2 = l.out(2);
    float[] y3 = l.out(3);
    for (int i = 0; i < n; i++) {
      y0[i] = m0[i] + (m1[i] + m2[i]) + (m3[i] + m4[i]);
    }
    for (int i = 0; i < n; i++) {
      y1[i] = (m1[i] - m2[i]) + 2f * (m3[i] - m4[i]);
    }
    for (int i = 0; i < n; i++) {
      y2[i] = (m1[i] + m2[i]) + 4f * (m3[i] + m4[i]);
    }
    for (int i = 0; i < n; i++) {
      y3[i] = (m1[i] - m2[i]) + 8f * (m3[i] - m4[i]) + m5[i];
    }
  }

  /** A: four output gradients to six gradients of products. */
  static void outputAdjoint(Lines l, int n) {
    System.arraycopy(l.in(0), 0, l.out(0), 0, n);
    pair(l.in(0), l.in(2), 1f, l.in(1), l.in(3), 1f, 1f, l.out(1), l.out(2), n);
    pair(l.in(0), l.in(2), 4f, l.in(1), l.in(3), 4f, 2f, l.out(3), l.out(4), n);
    System.arraycopy(l.in(3), 0, l.out(5), 0, n);
  }

  /** G: three weights to six transformed weights. */
  static void weights(Lines l, int n) {
    float[] w0 = l.in(0);
    float[] w1 = l.in(1);
    float[] w2 = l.in(2);
    float[] t0 = l.out(0);
    scaled(w0, 0.25f, t0, n);
    threeTaps(w0, w1, w2, new float[] {-1f / 6, -1f / 6, -1f / 6}, l.out(1), n);
    threeTaps(w0, w1, w2, new float[] {-1f / 6, 1f / 6, -1f / 6}, l.out(2), n);
    threeTaps(w0, w1, w2, new float[] {1f / 24, 1f / 12, 1f / 6}, l.out(3), n);
    threeTaps(w0, w1, w2, new float[] {1f / 24, -1f / 12, 1f / 6}, l.out(4), n);
    System.arraycopy(w2, 0, l.out(5), 0, n);
  }

  private static void scaled(float[] a, float factor, float[] t, int n) {
    for (int i = 0; i < n; i++) {
      t[i] = factor * a[i];
    }
  }

  private static void threeTaps(float[] a, float[] b, float[] c, float[] g, float[] t, int n) {
    float p = g[0];
    float q = g[1];
    float r = g[2];
    for (int i = 0; i < n; i++) {
      t[i] = p * a[i] + q * b[i] + r * c[i];
    }
  }

  /** Gᵀ: six gradients of transformed weights to three gradients of weights. */
  static void weightsAdjoint(Lines l, int n) {
    float[] t0 = l.in(0);
    float[] t1 = l.in(1);
    float[] t2 = l.in(2);
    float[] t3 = l.in(3);
    float[] t4 = l.in(4);
    float[] t5 = l.in(5);
    float[] w0 = l.out(0);
    float[] w1 = l.out(1);
    float[] w2 = l.out(2);
    for (int i = 0; i < n; i++) {
      w0[i] = 0.25f * t0[i] + (t1[i] + t2[i]) * (-1f / 6) + (t3[i] + t4[i]) * (1f / 24);
    }
    for (int i = 0; i < n; i++) {
      w1[i] = (t1[i] - t2[i]) * (-1f / 6) + (t3[i] - t4[i]) * (1f / 12);
    }
    for (int i = 0; i < n; i++) {
      w2[i] = (t1[i] + t2[i]) * (-1f / 6) + (t3[i] + t4[i]) * (1f / 6) + t5[i];
    }
  }
}
