package dev.maskrcnn.detection.data;

import dev.maskrcnn.detection.image.FloatImage;
import dev.maskrcnn.detection.image.Pixels;
import dev.maskrcnn.detection.image.PlannedImage;
import dev.maskrcnn.detection.image.RgbImage;

/**
 * Pixels to network input: {@code (v - mean) / std} per channel.
 *
 * @param mean {@code [3]}, in the order and range of the input
 * @param std {@code [3]}, likewise, not 0
 * @param toBgr255 input is BGR, 0 to 255 (Caffe2 weights) instead of RGB, 0 to 1 (torchvision)
 */
public record PixelNormalization(float[] mean, float[] std, boolean toBgr255) {
  public PixelNormalization {
    if (mean.length != 3 || std.length != 3) {
      throw new DataException(
          "pixel normalization: %s means and %s deviations, expected 3 each; check INPUT.PIXEL_MEAN"
                  .formatted(mean.length, std.length)
              + " and INPUT.PIXEL_STD");
    }
    for (float s : std) {
      if (!(Math.abs(s) > 0)) {
        throw new DataException(
            "pixel normalization: deviation %s, expected a number other than 0; check".formatted(s)
                + " INPUT.PIXEL_STD");
      }
    }
    mean = mean.clone();
    std = std.clone();
  }

  /** Defaults of maskrcnn-benchmark: BGR, means of ImageNet as Caffe2 has them, deviation 1. */
  public static PixelNormalization caffe2() {
    return new PixelNormalization(
        new float[] {102.9801f, 115.9465f, 122.7717f}, new float[] {1, 1, 1}, true);
  }

  /** torchvision's: RGB in 0 to 1, mean and deviation of ImageNet. */
  public static PixelNormalization torchvision() {
    return new PixelNormalization(
        new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f}, false);
  }

  @Override
  public float[] mean() {
    return mean.clone();
  }

  @Override
  public float[] std() {
    return std.clone();
  }

  /**
   * Writes an image into the upper left corner of a plane.
   *
   * @param image any size that fits
   * @param out receives {@code [height, width, 3]}
   * @param offset where the plane starts in {@code out}
   * @param planeWidth pixels in a row of the plane
   */
  void write(Pixels image, float[] out, int offset, int planeWidth) {
    if (image instanceof RgbImage bytes) {
      writeBytes(bytes, out, offset, planeWidth);
    } else if (image instanceof FloatImage floats) {
      writeFloats(floats, out, offset, planeWidth);
    } else if (image instanceof PlannedImage planned) {
      write(planned.done(), out, offset, planeWidth);
    }
  }

  private void writeBytes(RgbImage image, float[] out, int offset, int planeWidth) {
    float[][] table = new float[3][256];
    for (int c = 0; c < 3; c++) {
      for (int v = 0; v < 256; v++) {
        table[c][v] = value(v, c);
      }
    }
    // Channel c of the input is byte c of RGB, or byte 2 - c for BGR.
    int first = toBgr255 ? 2 : 0;
    int last = 2 - first;
    float[] t0 = table[0];
    float[] t1 = table[1];
    float[] t2 = table[2];
    byte[] in = image.pixels();
    int from = 0;
    for (int y = 0; y < image.height(); y++) {
      int to = offset + 3 * planeWidth * y;
      for (int x = 0; x < image.width(); x++, from += 3, to += 3) {
        out[to] = t0[in[from + first] & 0xff];
        out[to + 1] = t1[in[from + 1] & 0xff];
        out[to + 2] = t2[in[from + last] & 0xff];
      }
    }
  }

  /**
   * Here as one multiplication and one addition per value, right to a few units of the last bit.
   */
  private void writeFloats(FloatImage image, float[] out, int offset, int planeWidth) {
    int first = toBgr255 ? 2 : 0;
    double range = toBgr255 ? 1 : 255;
    float[] scale = new float[3];
    float[] shift = new float[3];
    for (int c = 0; c < 3; c++) {
      scale[c] = (float) (1 / (range * std[c]));
      shift[c] = (float) (-(double) mean[c] / std[c]);
    }
    float[] in = image.pixels();
    int from = 0;
    for (int y = 0; y < image.height(); y++) {
      int to = offset + 3 * planeWidth * y;
      for (int x = 0; x < image.width(); x++, from += 3, to += 3) {
        out[to] = in[from + first] * scale[0] + shift[0];
        out[to + 1] = in[from + 1] * scale[1] + shift[1];
        out[to + 2] = in[from + 2 - first] * scale[2] + shift[2];
      }
    }
  }

  /** By way of 0 to 1 also for 0 to 255, as the original does; it differs in the last bit. */
  private float value(float v, int channel) {
    float unit = v / 255f;
    return ((toBgr255 ? unit * 255f : unit) - mean[channel]) / std[channel];
  }
}
