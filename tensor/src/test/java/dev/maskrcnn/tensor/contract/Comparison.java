package dev.maskrcnn.tensor.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Locale;

/** Compares arrays with a tolerance relative to the largest expected magnitude. */
public final class Comparison {
  private Comparison() {}

  /** Equal values, element by element; infinities and NaN have to be equal too. */
  public static void exact(String what, double[] expected, double[] actual) {
    close(what, expected, actual, 0);
  }

  /** Fails unless {@code |actual − expected| ≤ tolerance · max|expected|} everywhere. */
  public static void close(String what, double[] expected, double[] actual, double tolerance) {
    double largest = 0;
    for (double e : expected) {
      if (Double.isFinite(e)) {
        largest = Math.max(largest, Math.abs(e));
      }
    }
    within(what, expected, actual, tolerance * largest);
  }

  /** Fails unless {@code |actual − expected| ≤ bound} everywhere. */
  public static void within(String what, double[] expected, double[] actual, double bound) {
    assertEquals(expected.length, actual.length, what + ": number of elements");
    int wrong = 0;
    int worst = -1;
    double most = -1;
    for (int i = 0; i < expected.length; i++) {
      boolean same =
          expected[i] == actual[i] || Double.isNaN(expected[i]) && Double.isNaN(actual[i]);
      double d = Math.abs(actual[i] - expected[i]);
      if (!same && !(d <= bound)) {
        wrong++;
        if (worst < 0 || d > most) {
          worst = i;
          most = d;
        }
      }
    }
    if (wrong > 0) {
      fail(
          String.format(
              Locale.ROOT,
              "%s: %d of %d elements differ by more than %.3g; worst at %d: expected %s, got %s",
              what,
              wrong,
              expected.length,
              bound,
              worst,
              expected[worst],
              actual[worst]));
    }
  }
}
