package dev.maskrcnn.detection.image;

/**
 * Bilinear interpolation as PyTorch does it on tensors: half-pixel centres ({@code
 * align_corners=False}), always two by two neighbours and therefore not antialiased, in float32.
 *
 * <p>torchvision's models resize this way (fractional result); the 2024 NVIDIA tree also, and
 * rounds to bytes, half to even.
 */
public final class TensorBilinear {
  private TensorBilinear() {}

  /**
   * Resizes without rounding.
   *
   * @param image any size
   * @param newWidth pixels, at least 1
   * @param newHeight pixels, at least 1
   * @return values 0 to 255
   */
  public static FloatImage resize(RgbImage image, int newWidth, int newHeight) {
    checkSize(newWidth, newHeight);
    float[] out = new float[3 * newWidth * newHeight];
    Taps columns = Taps.of(image.width(), newWidth);
    Taps rows = Taps.of(image.height(), newHeight);
    int stride = 3 * newWidth;
    float[] upper = new float[stride];
    float[] lower = new float[stride];
    int upperRow = -1;
    int lowerRow = -1;
    for (int y = 0; y < newHeight; y++) {
      if (rows.first[y] == lowerRow) {
        float[] swap = upper;
        upper = lower;
        lower = swap;
        upperRow = lowerRow;
        lowerRow = -1;
      } else if (rows.first[y] != upperRow) {
        upperRow = rows.first[y];
        stretch(image, upperRow, columns, upper);
      }
      if (rows.second[y] != lowerRow) {
        lowerRow = rows.second[y];
        stretch(image, lowerRow, columns, lower);
      }
      mix(upper, lower, rows.weight[y], out, y * stride);
    }
    return new FloatImage(newWidth, newHeight, out);
  }

  /** As {@link #resize}, rounded to bytes, half to even. */
  public static RgbImage resizeToBytes(RgbImage image, int newWidth, int newHeight) {
    float[] values = resize(image, newWidth, newHeight).pixels();
    byte[] out = new byte[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) (int) Math.rint(values[i]);
    }
    return new RgbImage(newWidth, newHeight, out);
  }

  /**
   * The neighbours of each output along one axis.
   *
   * @param first lower neighbour
   * @param second upper neighbour, the same at the border
   * @param weight of the upper neighbour
   */
  private record Taps(int[] first, int[] second, float[] weight) {
    static Taps of(int in, int out) {
      int[] first = new int[out];
      int[] second = new int[out];
      float[] weight = new float[out];
      float scale = (float) in / out;
      for (int o = 0; o < out; o++) {
        float center = Math.max(0f, scale * (o + 0.5f) - 0.5f);
        first[o] = Math.min(in - 1, (int) center);
        second[o] = Math.min(in - 1, first[o] + 1);
        weight[o] = Math.min(1f, Math.max(0f, center - first[o]));
      }
      return new Taps(first, second, weight);
    }
  }

  private static void stretch(RgbImage image, int row, Taps columns, float[] out) {
    byte[] in = image.pixels();
    int base = 3 * image.width() * row;
    for (int x = 0, o = 0; o < out.length; x++, o += 3) {
      int from = base + 3 * columns.first[x];
      int next = base + 3 * columns.second[x];
      float v = columns.weight[x];
      float u = 1f - v;
      out[o] = u * (in[from] & 0xff) + v * (in[next] & 0xff);
      out[o + 1] = u * (in[from + 1] & 0xff) + v * (in[next + 1] & 0xff);
      out[o + 2] = u * (in[from + 2] & 0xff) + v * (in[next + 2] & 0xff);
    }
  }

  private static void mix(float[] upper, float[] lower, float v, float[] out, int at) {
    float u = 1f - v;
    for (int x = 0; x < upper.length; x++) {
      out[at + x] = u * upper[x] + v * lower[x];
    }
  }

  private static void checkSize(int newWidth, int newHeight) {
    if (newWidth < 1 || newHeight < 1) {
      throw new IllegalArgumentException(
          "resize: new size %dx%d, expected at least 1x1".formatted(newWidth, newHeight));
    }
    ImageReader.checkSize(newWidth, newHeight, "resize");
  }
}
