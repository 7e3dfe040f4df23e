package dev.maskrcnn.tensor.op;

/**
 * How a decoded photograph takes its place in the input of a network: resized, reversed, normalised
 * and padded. It writes into a tensor that it is given, has no derivative and only devices beside
 * the host have code for it, so it is no op of the catalogue.
 *
 * @param resampling how pixels are interpolated
 * @param colors how they are normalised
 * @param place where the image goes
 */
public record ImagePlacement(Resampling resampling, Colors colors, Place place) {
  /** How pixels are interpolated. */
  public enum Resampling {
    /** Pillow's BILINEAR, byte for byte: maskrcnn-benchmark, detectron2, NVIDIA 2019. */
    PILLOW,
    /** PyTorch's on tensors, rounded to bytes, half to even: NVIDIA 2024. */
    HALF_PIXEL_BYTES,
    /** PyTorch's on tensors, fractions kept: torchvision. */
    HALF_PIXEL
  }

  /**
   * Normalisation {@code (v - mean) / deviation}.
   *
   * @param mean {@code [3]}, in the order and range of the network's input
   * @param deviation {@code [3]}, likewise, not 0
   * @param bgr255 the input is BGR, 0 to 255 (Caffe2 weights) instead of RGB, 0 to 1
   */
  public record Colors(float[] mean, float[] deviation, boolean bgr255) {
    public Colors {
      if (mean.length != 3 || deviation.length != 3) {
        throw new IllegalArgumentException(
            "colors: %s means and %s deviations, expected 3 each"
                .formatted(mean.length, deviation.length));
      }
      mean = mean.clone();
      deviation = deviation.clone();
    }
  }

  /** Which image of the batch, its height and width there, and whether it is reversed in x. */
  public record Place(int image, int height, int width, boolean flip) {}
}
