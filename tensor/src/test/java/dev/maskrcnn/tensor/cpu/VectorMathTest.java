package dev.maskrcnn.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Against {@link Math}, which is accurate to 1 ulp of a double. */
class VectorMathTest {
  private static final int LENGTH = 4096;

  /** Numbers from {@code low} to {@code high}, evenly. */
  private static float[] line(float low, float high) {
    float[] x = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      x[i] = low + (high - low) * i / (LENGTH - 1);
    }
    return x;
  }

  private static void close(double expected, double actual, double relative, String what) {
    assertTrue(
        Math.abs(actual - expected) <= relative * Math.abs(expected),
        () -> what + ": expected " + expected + ", got " + actual);
  }

  @Test
  void exponentialIsWithinTwoUlp() {
    for (float reach : new float[] {1e-3f, 0.3f, 1f, 20f, 86f}) {
      float[] x = line(-reach, reach);
      float[] y = x.clone();
      new VectorMath(LENGTH).exp(y);
      for (int i = 0; i < LENGTH; i++) {
        close(Math.exp(x[i]), y[i], 2.4e-7, "exp " + x[i]);
      }
    }
  }

  @Test
  void exponentialOfExtremes() {
    float[] x = {
      0f,
      -0f,
      88.7f,
      88.8f,
      1e30f,
      Float.POSITIVE_INFINITY,
      -1e30f,
      Float.NEGATIVE_INFINITY,
      Float.NaN
    };
    new VectorMath(x.length).exp(x);
    assertEquals(1f, x[0]);
    assertEquals(1f, x[1]);
    close(Math.exp(88.7f), x[2], 2.4e-7, "exp 88.7");
    assertEquals(Float.POSITIVE_INFINITY, x[3]);
    assertEquals(Float.POSITIVE_INFINITY, x[4]);
    assertEquals(Float.POSITIVE_INFINITY, x[5]);
    assertEquals(0f, x[6]);
    assertEquals(0f, x[7]);
    assertTrue(Float.isNaN(x[8]));
  }

  @Test
  void sigmoid() {
    float[] x = line(-80f, 80f);
    float[] y = x.clone();
    new VectorMath(LENGTH).sigmoid(y);
    for (int i = 0; i < LENGTH; i++) {
      close(1 / (1 + Math.exp(-(double) x[i])), y[i], 4e-7, "sigmoid " + x[i]);
    }
  }

  @Test
  void logarithmOfOnePlus() {
    for (float high : new float[] {1e-6f, 0.1f, 1f}) {
      float[] x = line(0f, high);
      float[] y = x.clone();
      VectorMath.log1p(y);
      for (int i = 0; i < LENGTH; i++) {
        close(Math.log1p(x[i]), y[i], 3e-7, "log1p " + x[i]);
      }
    }
  }
}
