package dev.maskrcnn.tensor.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Transcendental functions as loops over arrays that C2 vectorises, unlike {@link Math#exp}. An
 * instance holds scratch for arrays of one length and belongs to one thread.
 *
 * <p>exp: {@code e^x = 2^k · e^r} with {@code k} the integer nearest to {@code x/ln 2} and {@code r
 * = x − k·ln 2} in two parts (Cody and Waite, "Software Manual for the Elementary Functions",
 * 1980), so |r| ≤ ln(2)/2; {@code e^r} is its Taylor polynomial of degree 7, whose remainder is
 * below 6e-9. The error is about 1 ulp (1e-7 relative). Results below 2^−125.5 become 0.
 */
final class VectorMath {
  private static final float LOG2_E = 1.44269504f;

  /** ln 2 in 9 bits, so that its product with any k here is exact. */
  private static final float LN2_HIGH = 0.693359375f;

  private static final float LN2_LOW = -2.12194440e-4f;

  /** 1.5·2^23: adding it rounds a float to an integer, which then stands in the lowest bits. */
  private static final float ROUND = 12582912f;

  /** Below, the scale 2^(k−1) is 0; above, it is infinite. */
  private static final float LOWEST = -87.5f;

  private static final float HIGHEST = 89.5f;

  private final float[] scale;
  private final int[] bits;
  private final FloatBuffer asFloats;
  private final IntBuffer asInts;

  /** Scratch for arrays of {@code length} numbers. */
  VectorMath(int length) {
    this.scale = new float[length];
    this.bits = new int[length];
    // C2 of Java 17 does not vectorise Float.intBitsToFloat: bits change their type by a copy.
    ByteBuffer raw = ByteBuffer.allocate(4 * length).order(ByteOrder.nativeOrder());
    this.asFloats = raw.asFloatBuffer();
    this.asInts = raw.asIntBuffer();
  }

  /** {@code x[i] = e^x[i]} for the whole array, which has this instance's length. */
  void exp(float[] x) {
    polynomial(x, scale);
    asFloats.put(0, scale);
    asInts.get(0, bits);
    for (int i = 0; i < bits.length; i++) {
      bits[i] = (bits[i] << 23) + 0x3f000000; // the float 2^(k−1)
    }
    asInts.put(0, bits);
    asFloats.get(0, scale);
    for (int i = 0; i < x.length; i++) {
      x[i] = (x[i] + x[i]) * scale[i];
    }
  }

  /** Replaces x by e^r and stores k + ROUND. */
  private static void polynomial(float[] x, float[] k) {
    for (int i = 0; i < x.length; i++) {
      float v = Math.min(Math.max(x[i], LOWEST), HIGHEST);
      float shifted = v * LOG2_E + ROUND;
      float n = shifted - ROUND;
      float r = v - n * LN2_HIGH - n * LN2_LOW;
      float p = 1f / 5040;
      p = p * r + 1f / 720;
      p = p * r + 1f / 120;
      p = p * r + 1f / 24;
      p = p * r + 1f / 6;
      p = p * r + 0.5f;
      p = p * r + 1f;
      x[i] = p * r + 1f;
      k[i] = shifted;
    }
  }

  /** {@code x[i] = 1 / (1 + e^−x[i])}. */
  void sigmoid(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = -x[i];
    }
    exp(x);
    for (int i = 0; i < x.length; i++) {
      x[i] = 1f / (1f + x[i]);
    }
  }

  /**
   * {@code z[i] = ln(1 + z[i])} for z in [0, 1]: {@code 2·artanh(s)} with {@code s = z/(2+z) ≤
   * 1/3}, by the series of artanh up to s^15 (remainder below 1e-9 relative).
   */
  static void log1p(float[] z) {
    for (int i = 0; i < z.length; i++) {
      float s = z[i] / (2f + z[i]);
      float t = s * s;
      float p = 1f / 15;
      p = p * t + 1f / 13;
      p = p * t + 1f / 11;
      p = p * t + 1f / 9;
      p = p * t + 1f / 7;
      p = p * t + 1f / 5;
      p = p * t + 1f / 3;
      z[i] = 2f * (s + s * t * p);
    }
  }
}
