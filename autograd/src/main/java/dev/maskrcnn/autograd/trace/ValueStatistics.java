package dev.maskrcnn.autograd.trace;

import dev.maskrcnn.tensor.Tensor;
import dev.maskrcnn.tensor.op.Pointwise.Cast;
import dev.maskrcnn.tensor.shape.DType;
import dev.maskrcnn.tensor.shape.Spec;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * How the elements of a tensor are distributed.
 *
 * @param count number of elements
 * @param mean of the finite ones; 0 if there are none, so for the others
 * @param deviation of the finite ones (of the population)
 * @param min least finite one
 * @param max largest finite one
 * @param zeros number that are exactly 0
 * @param nans number that are not a number
 * @param infinities number that are infinite
 * @param low left edge of the histogram: mean − 4 deviations or the least, whichever is nearer
 * @param high right edge, likewise
 * @param histogram counts in equal bins from low to high; the outer bins take what is beyond
 */
public record ValueStatistics(
    long count,
    double mean,
    double deviation,
    double min,
    double max,
    long zeros,
    long nans,
    long infinities,
    double low,
    double high,
    long[] histogram) {
  /** Number of bins. */
  public static final int BINS = 32;

  private static final int CHUNK = 4096;

  public ValueStatistics {
    histogram = histogram.clone();
  }

  @Override
  public long[] histogram() {
    return histogram.clone();
  }

  /** True if every element is finite. */
  public boolean finite() {
    return nans == 0 && infinities == 0;
  }

  /** Reads a tensor; a device that is no host copies it. */
  public static ValueStatistics of(Tensor t) {
    return new Pass(t).run();
  }

  /** Reads an array, which is not changed. */
  public static ValueStatistics of(float[] values) {
    return new Pass(values).run();
  }

  /** Two passes over the elements: moments, then the histogram. */
  private static final class Pass {
    private final FloatBuffer source;
    private final float[] chunk = new float[CHUNK];
    private long zeros;
    private long nans;
    private long infinities;
    private double sum;
    private double squares;
    private float min = Float.POSITIVE_INFINITY;
    private float max = Float.NEGATIVE_INFINITY;

    Pass(Tensor t) {
      this.source = floats(t);
    }

    Pass(float[] values) {
      this.source = FloatBuffer.wrap(values);
    }

    private static FloatBuffer floats(Tensor t) {
      Spec spec = t.spec();
      if (spec.dtype() == DType.F32) {
        return FloatBuffer.wrap(t.toFloats());
      }
      if (spec.dtype() == DType.F16 || spec.dtype() == DType.BF16) {
        Tensor wide = t.device().dispatch(new Cast(DType.F32), List.of(t)).get(0);
        FloatBuffer values = FloatBuffer.wrap(wide.toFloats());
        wide.close();
        return values;
      }
      double[] wide = t.toDoubles();
      float[] values = new float[wide.length];
      for (int i = 0; i < wide.length; i++) {
        values[i] = (float) wide[i];
      }
      return FloatBuffer.wrap(values);
    }

    ValueStatistics run() {
      int count = source.remaining();
      int from = source.position();
      while (source.hasRemaining()) {
        int n = Math.min(CHUNK, source.remaining());
        source.get(chunk, 0, n);
        moments(n);
      }
      long finite = count - nans - infinities;
      if (finite == 0) {
        return new ValueStatistics(
            count, 0, 0, 0, 0, zeros, nans, infinities, 0, 0, new long[BINS]);
      }
      double mean = sum / finite;
      double deviation = Math.sqrt(Math.max(0, squares / finite - mean * mean));
      double low = Math.max(min, mean - 4 * deviation);
      double high = Math.min(max, mean + 4 * deviation);
      source.position(from);
      long[] bins = new long[BINS];
      while (source.hasRemaining()) {
        int n = Math.min(CHUNK, source.remaining());
        source.get(chunk, 0, n);
        fill(bins, n, low, high);
      }
      return new ValueStatistics(
          count, mean, deviation, min, max, zeros, nans, infinities, low, high, bins);
    }

    private void moments(int n) {
      double s = 0;
      double q = 0;
      for (int i = 0; i < n; i++) {
        float v = chunk[i];
        if (Math.abs(v) <= Float.MAX_VALUE) {
          s += v;
          q += (double) v * v;
          min = Math.min(min, v);
          max = Math.max(max, v);
          zeros += v == 0 ? 1 : 0;
        } else if (Double.isNaN(v)) {
          nans++;
        } else {
          infinities++;
        }
      }
      sum += s;
      squares += q;
    }

    private void fill(long[] bins, int n, double low, double high) {
      float scale = high > low ? (float) (BINS / (high - low)) : 0;
      float start = (float) low;
      for (int i = 0; i < n; i++) {
        float v = chunk[i];
        if (Math.abs(v) <= Float.MAX_VALUE) {
          int bin = (int) ((v - start) * scale);
          bins[Math.max(0, Math.min(BINS - 1, bin))]++;
        }
      }
    }
  }
}
