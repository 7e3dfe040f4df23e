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
    for (int y = 0; y < newHeight; y++) {
      row(image, rows, y, columns, out);
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
        float center = Math.max(0f, fused(scale, o + 0.5f, -0.5f));
        first[o] = Math.min(in - 1, (int) center);
        second[o] = Math.min(in - 1, first[o] + 1);
        weight[o] = Math.min(1f, Math.max(0f, center - first[o]));
      }
      return new Taps(first, second, weight);
    }
  }

  private static void row(RgbImage image, Taps rows, int y, Taps columns, float[] out) {
    byte[] in = image.pixels();
    int upper = 3 * image.width() * rows.first[y];
    int lower = 3 * image.width() * rows.second[y];
    float bottom = rows.weight[y];
    float top = 1f - bottom;
    int newWidth = columns.first.length;
    int to = 3 * newWidth * y;
    for (int x = 0; x < newWidth; x++) {
      float right = columns.weight[x];
      float left = 1f - right;
      float topLeft = top * left;
      float topRight = top * right;
      float bottomLeft = bottom * left;
      float bottomRight = bottom * right;
      int a = upper + 3 * columns.first[x];
      int b = upper + 3 * columns.second[x];
      int c = lower + 3 * columns.first[x];
      int d = lower + 3 * columns.second[x];
      for (int channel = 0; channel < 3; channel++) {
        float sum = topRight * (in[b + channel] & 0xff);
        sum = fused(topLeft, in[a + channel] & 0xff, sum);
        sum = fused(bottomLeft, in[c + channel] & 0xff, sum);
        out[to + channel] = fused(bottomRight, in[d + channel] & 0xff, sum);
      }
      to += 3;
    }
  }

  /**
   * {@code a * b + c} rounded once. PyTorch's kernel is compiled with fused multiply-add, and ties
   * between two bytes depend on it. A product of floats is exact in double, and this is fast also
   * where {@code Math.fma} has no instruction.
   */
  private static float fused(float a, float b, float c) {
    return (float) ((double) a * b + c);
  }

  private static void checkSize(int newWidth, int newHeight) {
    if (newWidth < 1 || newHeight < 1) {
      throw new IllegalArgumentException(
          "resize: new size %sx%s, expected at least 1x1".formatted(newWidth, newHeight));
    }
    ImageReader.checkSize(newWidth, newHeight, "resize");
  }
}
