package dev.maskrcnn.detection.draw;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A named series of points.
 *
 * @param name shown in the legend
 * @param x abscissae, not copied
 * @param y ordinates, as many; NaN and infinities make gaps; not copied
 */
public record Curve(String name, double[] x, double[] y) {
  /** Checks that there are as many ordinates as abscissae. */
  public Curve {
    Objects.requireNonNull(name, "name");
    if (x.length != y.length) {
      throw new IllegalArgumentException(
          "curve %s: %s abscissae but %s ordinates".formatted(name, x.length, y.length));
    }
  }

  /**
   * Exponential smoothing without the start-up bias; gaps stay gaps and are not counted.
   *
   * @param span about how many points the mean reaches back, at least 1
   * @return the smoothed curve of the same name
   */
  public Curve smoothed(double span) {
    double keep = 1 - 2 / (Math.max(1, span) + 1);
    double[] out = new double[y.length];
    double sum = 0;
    double weight = 0;
    for (int i = 0; i < y.length; i++) {
      if (Double.isFinite(y[i])) {
        sum = keep * sum + (1 - keep) * y[i];
        weight = keep * weight + (1 - keep);
        out[i] = sum / weight;
      } else {
        out[i] = Double.NaN;
      }
    }
    return new Curve(name, x, out);
  }

  /** The points that an axis can show: finite, and above zero on a logarithmic axis. */
  Curve drawable(boolean logX, boolean logY) {
    double[] xs = new double[x.length];
    double[] ys = new double[x.length];
    int n = 0;
    for (int i = 0; i < x.length; i++) {
      if (Double.isFinite(x[i]) && !(logX && x[i] <= 0)) {
        boolean shown = Double.isFinite(y[i]) && !(logY && y[i] <= 0);
        xs[n] = x[i];
        ys[n++] = shown ? y[i] : Double.NaN;
      }
    }
    return new Curve(name, Arrays.copyOf(xs, n), Arrays.copyOf(ys, n));
  }

  /** Number of points with an ordinate. */
  int points() {
    int n = 0;
    for (double value : y) {
      n += Double.isFinite(value) ? 1 : 0;
    }
    return n;
  }

  /** Smallest (sign 1) or largest (sign -1) finite ordinate of all; NaN if there is none. */
  static double extreme(List<Curve> curves, int sign) {
    double best = Double.NaN;
    for (Curve curve : curves) {
      for (double value : curve.y) {
        if (Double.isFinite(value) && !(sign * value >= sign * best)) {
          best = value;
        }
      }
    }
    return best;
  }
}
