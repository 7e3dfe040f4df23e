package dev.maskrcnn.detection.image;

import java.util.Arrays;

/**
 * Pillow's {@code Image.resize((width, height), BILINEAR)}, byte for byte: a triangle filter that
 * widens with the scale when shrinking (so it is antialiased), in two passes, horizontal first,
 * each in 22-bit fixed point and rounded to bytes, a pass being skipped where the side stays.
 *
 * <p>This is the resampler of maskrcnn-benchmark, detectron2 and the 2019 NVIDIA tree.
 */
public final class PillowBilinear {
  /** 8 bits of pixel and 2 of headroom leave 22 of 32 for the weights. */
  private static final int PRECISION_BITS = 32 - 8 - 2;

  private static final int HALF = 1 << (PRECISION_BITS - 1);

  /** Images more than so many times as high as wide are shrunk vertically first. */
  private static final int TALL = 100;

  private PillowBilinear() {}

  /**
   * Resizes an image.
   *
   * @param image any size
   * @param newWidth pixels, at least 1
   * @param newHeight pixels, at least 1
   * @return the resized image; the argument itself if the size stays
   */
  public static RgbImage resize(RgbImage image, int newWidth, int newHeight) {
    if (newWidth < 1 || newHeight < 1) {
      throw new IllegalArgumentException(
          "resize: new size %sx%s, expected at least 1x1".formatted(newWidth, newHeight));
    }
    ImageReader.checkSize(newWidth, newHeight, "resize");
    if (image.height() > TALL * (long) image.width() && newHeight < image.height()) {
      return horizontal(vertical(image, newHeight), newWidth);
    }
    return vertical(horizontal(image, newWidth), newHeight);
  }

  /**
   * The filter of one axis.
   *
   * @param taps weights per output
   * @param first {@code [out]} first input of each output
   * @param count {@code [out]} inputs of each output, at most {@code taps}
   * @param weights {@code [out, taps]} fixed point, zero beyond {@code count}
   */
  private record Filter(int taps, int[] first, int[] count, int[] weights) {
    static Filter of(int in, int out) {
      double scale = (double) in / out;
      double filterScale = Math.max(scale, 1.0);
      double support = filterScale; // a triangle reaches 1 to each side
      int taps = (int) Math.ceil(support) * 2 + 1;
      int[] first = new int[out];
      int[] count = new int[out];
      int[] weights = new int[out * taps];
      double[] w = new double[taps];
      double inverse = 1.0 / filterScale;
      for (int o = 0; o < out; o++) {
        double center = (o + 0.5) * scale;
        int from = Math.max(0, (int) (center - support + 0.5));
        int n = Math.min(in, (int) (center + support + 0.5)) - from;
        double sum = 0;
        for (int i = 0; i < n; i++) {
          w[i] = Math.max(0.0, 1.0 - Math.abs((i + from - center + 0.5) * inverse));
          sum += w[i];
        }
        for (int i = 0; i < n; i++) {
          double normal = sum != 0.0 ? w[i] / sum : w[i];
          weights[o * taps + i] = (int) (0.5 + normal * (1 << PRECISION_BITS));
        }
        first[o] = from;
        count[o] = n;
      }
      return new Filter(taps, first, count, weights);
    }
  }

  private static RgbImage horizontal(RgbImage image, int newWidth) {
    if (newWidth == image.width()) {
      return image;
    }
    Filter filter = Filter.of(image.width(), newWidth);
    byte[] out = new byte[3 * newWidth * image.height()];
    boolean twoTaps = image.width() > 1 && atMostTwo(filter.count);
    for (int y = 0; y < image.height(); y++) {
      int from = 3 * y * image.width();
      int to = 3 * y * newWidth;
      if (twoTaps) {
        rowOfTwoTaps(image.pixels(), from, filter, out, to);
      } else {
        row(image.pixels(), from, filter, out, to);
      }
    }
    return new RgbImage(newWidth, image.height(), out);
  }

  private static boolean atMostTwo(int[] count) {
    for (int n : count) {
      if (n > 2) {
        return false;
      }
    }
    return true;
  }

  private static void row(byte[] in, int inAt, Filter filter, byte[] out, int outAt) {
    int[] weights = filter.weights;
    int to = outAt;
    for (int x = 0; x < filter.first.length; x++) {
      int r = HALF;
      int g = HALF;
      int b = HALF;
      int from = inAt + 3 * filter.first[x];
      int end = x * filter.taps + filter.count[x];
      for (int i = x * filter.taps; i < end; i++, from += 3) {
        int w = weights[i];
        r += (in[from] & 0xff) * w;
        g += (in[from + 1] & 0xff) * w;
        b += (in[from + 2] & 0xff) * w;
      }
      // Weights are not negative and sum to 1, so no clipping is needed.
      out[to] = (byte) (r >> PRECISION_BITS);
      out[to + 1] = (byte) (g >> PRECISION_BITS);
      out[to + 2] = (byte) (b >> PRECISION_BITS);
      to += 3;
    }
  }

  /** Enlarging needs two inputs per output; at the right border the second has weight zero. */
  private static void rowOfTwoTaps(byte[] in, int inAt, Filter filter, byte[] out, int outAt) {
    int[] weights = filter.weights;
    int taps = filter.taps;
    int to = outAt;
    for (int x = 0; x < filter.first.length; x++, to += 3) {
      int u = weights[x * taps];
      int v = weights[x * taps + 1];
      int from = inAt + 3 * filter.first[x];
      int next = filter.count[x] == 2 ? from + 3 : from;
      out[to] = (byte) (((in[from] & 0xff) * u + (in[next] & 0xff) * v + HALF) >> PRECISION_BITS);
      out[to + 1] =
          (byte) (((in[from + 1] & 0xff) * u + (in[next + 1] & 0xff) * v + HALF) >> PRECISION_BITS);
      out[to + 2] =
          (byte) (((in[from + 2] & 0xff) * u + (in[next + 2] & 0xff) * v + HALF) >> PRECISION_BITS);
    }
  }

  private static RgbImage vertical(RgbImage image, int newHeight) {
    if (newHeight == image.height()) {
      return image;
    }
    Filter filter = Filter.of(image.height(), newHeight);
    int stride = 3 * image.width();
    byte[] out = new byte[stride * newHeight];
    int[] sums = new int[stride];
    for (int y = 0; y < newHeight; y++) {
      int from = stride * filter.first[y];
      int at = y * filter.taps;
      if (filter.count[y] == 2) {
        Pair rows = new Pair(from, filter.weights[at], filter.weights[at + 1]);
        twoRows(image.pixels(), rows, stride, out, y * stride);
        continue;
      }
      Arrays.fill(sums, HALF);
      for (int i = 0; i < filter.count[y]; i++) {
        add(image.pixels(), from + i * stride, filter.weights[at + i], sums);
      }
      int to = y * stride;
      for (int x = 0; x < stride; x++) {
        out[to + x] = (byte) (sums[x] >> PRECISION_BITS);
      }
    }
    return new RgbImage(image.width(), newHeight, out);
  }

  private static void add(byte[] in, int at, int weight, int[] sums) {
    for (int x = 0; x < sums.length; x++) {
      sums[x] += (in[at + x] & 0xff) * weight;
    }
  }

  /** Two neighbouring rows: where the upper one starts, and the weights of both. */
  private record Pair(int from, int upper, int lower) {}

  private static void twoRows(byte[] in, Pair rows, int stride, byte[] out, int to) {
    int from = rows.from;
    int next = from + stride;
    int u = rows.upper;
    int v = rows.lower;
    for (int x = 0; x < stride; x++) {
      out[to + x] =
          (byte) (((in[from + x] & 0xff) * u + (in[next + x] & 0xff) * v + HALF) >> PRECISION_BITS);
    }
  }
}
